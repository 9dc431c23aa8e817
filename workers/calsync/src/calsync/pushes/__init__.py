"""Pushes: our calendars, brought to CalDAV collections and webhooks as soon as something changes."""
