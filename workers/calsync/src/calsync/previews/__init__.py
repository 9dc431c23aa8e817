"""Previews: what connecting a calendar would do, without doing it."""
