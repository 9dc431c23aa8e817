-- What occupies a unit besides stays by the night. The nights themselves are rows of `occupancies`.

-- A block is there as long as its occupancy is live. Blocks made together by a repetition share `series_id`.
CREATE TABLE blocks (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  occupancy_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('owner', 'maintenance')),
  note TEXT,
  series_id TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id),
  FOREIGN KEY (tenant_id, occupancy_id) REFERENCES occupancies (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX blocks_by_unit ON blocks (tenant_id, unit_id);
CREATE UNIQUE INDEX blocks_by_occupancy ON blocks (tenant_id, occupancy_id);
CREATE INDEX blocks_by_series ON blocks (tenant_id, series_id) WHERE series_id IS NOT NULL;

-- `end_date` is null for an open end, which the occupancy keeps as 9999-12-31. `rents` is a JSON list of
-- [from day, amount]: the first begins with the lease, each renewal may add one. A draft has no nights yet.
CREATE TABLE leases (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  occupancy_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'terminated', 'cancelled')),
  start_date TEXT NOT NULL CHECK (date(start_date) IS start_date),
  end_date TEXT CHECK (end_date IS NULL OR date(end_date) IS end_date),
  renter_name TEXT NOT NULL,
  renter_email TEXT,
  renter_phone TEXT,
  rents TEXT NOT NULL CHECK (json_valid(rents)),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  period TEXT NOT NULL CHECK (period IN ('week', 'two_weeks', 'four_weeks', 'month', 'quarter', 'year')),
  due_day INTEGER CHECK (due_day BETWEEN 1 AND 31),
  deposit_amount INTEGER CHECK (deposit_amount >= 0),
  note TEXT,
  reason TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (end_date IS NULL OR start_date <= end_date),
  CHECK ((status IN ('active', 'terminated')) = (occupancy_id IS NOT NULL)),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id),
  -- Deferred, so that a batch may first see that the lease is still what was read and then take the nights.
  FOREIGN KEY (tenant_id, occupancy_id) REFERENCES occupancies (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX leases_by_unit ON leases (tenant_id, unit_id);
CREATE UNIQUE INDEX leases_by_occupancy ON leases (tenant_id, occupancy_id) WHERE occupancy_id IS NOT NULL;
