"""Stays with a rent: who lives in a unit for longer."""
