"""Properties and units from a spreadsheet."""
