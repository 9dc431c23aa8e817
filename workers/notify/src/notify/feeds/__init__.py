"""Mails to the people of a tenant about their feeds: in trouble, well again, in conflict, read in part, suddenly empty."""
