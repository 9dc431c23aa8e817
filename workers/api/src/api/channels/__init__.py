"""Calendars in and out: feeds, their entries and conflicts, calendar addresses, push targets."""
