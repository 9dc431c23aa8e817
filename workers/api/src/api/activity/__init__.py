"""What happened and who is there: events, the audit, live connections."""
