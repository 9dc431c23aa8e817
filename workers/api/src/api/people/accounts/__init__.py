"""Sign-up, log-in, sessions, and who the caller is."""
