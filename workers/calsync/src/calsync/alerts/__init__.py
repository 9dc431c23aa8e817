"""What people are told about feeds: once, and not at every run."""
