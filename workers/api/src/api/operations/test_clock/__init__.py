"""The time of a test space, moved by hand."""
