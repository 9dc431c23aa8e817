"""Brings other calendars in and ours out. Feeds are imported as occupancies, exports are rendered ahead of time."""
