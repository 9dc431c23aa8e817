"""Webhooks of our customers (https://www.standardwebhooks.com)."""
