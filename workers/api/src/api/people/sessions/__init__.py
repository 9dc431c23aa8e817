"""Being signed in: starting, seeing and ending sessions."""
