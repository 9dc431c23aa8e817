-- Bookings that another system made.

-- `reference` is their number there: an import knows by it what is here already, and that it is unique keeps two imports
-- at once from creating the same booking twice. `invoiced_elsewhere` is the money that was asked for there, as JSON:
-- billing asks for what goes beyond it.
ALTER TABLE bookings ADD COLUMN reference TEXT;
ALTER TABLE bookings ADD COLUMN invoiced_elsewhere TEXT
  CHECK (invoiced_elsewhere IS NULL OR json_valid(invoiced_elsewhere));

CREATE UNIQUE INDEX bookings_by_reference ON bookings (tenant_id, reference) WHERE reference IS NOT NULL;
