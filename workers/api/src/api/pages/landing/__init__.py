"""The page that links in mails lead to, for a person with a phone and nothing else."""
