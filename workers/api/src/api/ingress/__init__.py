"""Doors that are not the REST API and must be cheap: they never touch FastAPI."""
