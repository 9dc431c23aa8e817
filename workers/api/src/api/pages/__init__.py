"""Pages that anybody may read in a browser."""
