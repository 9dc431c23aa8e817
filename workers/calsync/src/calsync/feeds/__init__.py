"""Feeds: calendars of other services that are imported into the ledger."""
