"""What guests are told about their bookings."""
