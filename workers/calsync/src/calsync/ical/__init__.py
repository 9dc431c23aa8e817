"""iCalendar (RFC 5545), as far as calendars of stays use it: a tolerant scanner and a strict writer. Pure."""
