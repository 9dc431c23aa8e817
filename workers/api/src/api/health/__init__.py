"""Whether all Workers answer."""
