"""Asking people in: by a link in a mail that opens once."""
