-- How many days before the day of arrival a guest may be checked in: none, or one for who comes in the night before.
ALTER TABLE properties ADD COLUMN check_in_days_before INTEGER NOT NULL DEFAULT 0 CHECK (check_in_days_before IN (0, 1));
