"""Looking at everything once a day for what cannot be, in case a guard failed."""
