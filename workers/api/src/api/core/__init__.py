"""What every use case stands on: the caller's context, the commit, idempotency, what may be seen, settings."""
