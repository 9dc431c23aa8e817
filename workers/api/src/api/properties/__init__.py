"""Buildings and sites."""
