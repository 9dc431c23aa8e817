"""Where calendars of ours are brought to: CalDAV collections and webhooks."""
