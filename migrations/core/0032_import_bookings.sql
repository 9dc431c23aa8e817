-- Bookings that another system made.

-- `reference` is their number there: an import knows by it what is here already, and that it is unique keeps two imports
-- at once from creating the same booking twice. `invoiced_elsewhere` is the money that was asked for there, as JSON:
-- billing asks for what goes beyond it. `imported_nights` are the nights that it was imported with, as JSON (unit_id, check_in,
-- check_out), null for a cancelled one: of a booking that was changed here an import knows by them whether a line is of it.
ALTER TABLE bookings ADD COLUMN reference TEXT;
ALTER TABLE bookings ADD COLUMN invoiced_elsewhere TEXT
  CHECK (invoiced_elsewhere IS NULL OR json_valid(invoiced_elsewhere));
ALTER TABLE bookings ADD COLUMN imported_nights TEXT CHECK (imported_nights IS NULL OR json_valid(imported_nights));

CREATE UNIQUE INDEX bookings_by_reference ON bookings (tenant_id, reference) WHERE reference IS NOT NULL;
