-- Prices promised and stays taken.

CREATE TABLE quotes (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  check_in TEXT NOT NULL,
  check_out TEXT NOT NULL,
  guests INTEGER NOT NULL,
  total_amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  lines TEXT NOT NULL CHECK (json_valid(lines)),
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX quotes_by_expiry ON quotes (expires_at);

-- Bookings that were made together, all or none.
CREATE TABLE booking_groups (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- `cancellation_policy` is what was promised when the booking was made; null gives everything back. `refund_amount` is
-- what a cancelled booking gives back, null while nothing was to be paid.
CREATE TABLE bookings (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  occupancy_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'checked_in', 'checked_out', 'cancelled', 'no_show')),
  check_in TEXT NOT NULL,
  check_out TEXT NOT NULL,
  guests INTEGER NOT NULL CHECK (guests > 0),
  guest_name TEXT NOT NULL,
  guest_email TEXT,
  guest_phone TEXT,
  total_amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  lines TEXT NOT NULL CHECK (json_valid(lines)),
  source TEXT NOT NULL DEFAULT 'direct',
  quote_id TEXT,
  cancel_reason TEXT,
  notes TEXT,
  guest_list TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(guest_list)),
  group_id TEXT,
  cancellation_policy TEXT CHECK (cancellation_policy IS NULL OR json_valid(cancellation_policy)),
  refund_amount INTEGER CHECK (refund_amount >= 0),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (check_in < check_out),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id),
  FOREIGN KEY (tenant_id, occupancy_id) REFERENCES occupancies (tenant_id, id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES booking_groups (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bookings_by_update ON bookings (tenant_id, updated_at);
CREATE INDEX bookings_by_unit ON bookings (tenant_id, unit_id, check_in);
CREATE INDEX bookings_by_group ON bookings (tenant_id, group_id) WHERE group_id IS NOT NULL;
