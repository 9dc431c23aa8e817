"""The nights of a unit, one by one: what takes them, what they cost, and who did what to them."""
