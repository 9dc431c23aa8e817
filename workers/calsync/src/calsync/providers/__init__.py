"""Where calendars come from: one folder per protocol."""
