"""External calendars and their runs."""
