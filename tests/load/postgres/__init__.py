"""The same booking on PostgreSQL, whose exclusion constraint is the field's yardstick for double bookings."""
