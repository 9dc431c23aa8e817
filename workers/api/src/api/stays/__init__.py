"""What is sold and shut: rates, availability, quotes, holds, bookings, leases, blocks, the calendar."""
