"""Addresses at which channels read a unit’s calendar."""
