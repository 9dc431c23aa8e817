"""Mails to the people of a tenant about their feeds: in trouble, well again, in conflict, half read, suddenly empty."""
