"""Calendars behind an https address: which addresses are fetched (rules) and how (fetch)."""
