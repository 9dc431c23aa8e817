"""Mails to people about their account: links that open once, invitations, and what changed."""
