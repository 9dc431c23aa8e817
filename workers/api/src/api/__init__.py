"""The public REST API and the occupancy of units."""
