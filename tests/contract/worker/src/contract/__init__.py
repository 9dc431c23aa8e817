"""What the fixture Workers are made of; a file per subject."""
