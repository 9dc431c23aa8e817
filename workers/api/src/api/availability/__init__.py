"""Which units are free."""
