"""Photographs and floor plans of properties and units."""
