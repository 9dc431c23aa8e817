"""Who looks at calendars, and telling them at once what changed: tickets, the door, and the way to the rooms."""
