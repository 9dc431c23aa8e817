"""Exports: the calendars of units as other services read them."""
