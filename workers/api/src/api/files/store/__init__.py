"""Files in R2: what pictures and documents have in common, from the signed address of an upload to the removal."""
