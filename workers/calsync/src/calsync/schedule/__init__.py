"""The schedule: which feeds are read now."""
