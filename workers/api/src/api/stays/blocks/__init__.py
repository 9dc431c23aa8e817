"""Nights that nobody can book: the owner's own and those of repairs."""
