"""The organisation itself: its name, and who it belongs to."""
