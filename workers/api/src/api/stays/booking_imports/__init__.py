"""Bookings that another system made, from a file."""
