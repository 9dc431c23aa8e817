-- What a booking writes in the product, as one would write it for PostgreSQL.
CREATE EXTENSION btree_gist;

CREATE TABLE occupancies (
  tenant_id TEXT NOT NULL, id TEXT NOT NULL, unit_id TEXT NOT NULL, nights DATERANGE NOT NULL,
  live BOOLEAN NOT NULL DEFAULT true, kind TEXT NOT NULL, ref_id TEXT NOT NULL, expires_at BIGINT,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT no_overlap EXCLUDE USING gist (unit_id WITH =, nights WITH &&) WHERE (live)
);
CREATE TABLE bookings (
  tenant_id TEXT NOT NULL, id TEXT NOT NULL, unit_id TEXT NOT NULL, occupancy_id TEXT NOT NULL, status TEXT NOT NULL,
  nights DATERANGE NOT NULL, guest JSONB NOT NULL, total BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX bookings_by_update ON bookings (tenant_id, updated_at);
CREATE INDEX bookings_by_unit ON bookings (tenant_id, unit_id, lower(nights));
CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (tenant_id, key)
);
CREATE TABLE outbox (
  tenant_id TEXT NOT NULL, id TEXT NOT NULL, message JSONB NOT NULL, waiting INT NOT NULL, PRIMARY KEY (tenant_id, id)
);
CREATE TABLE events (
  tenant_id TEXT NOT NULL, position BIGINT GENERATED ALWAYS AS IDENTITY, object_id TEXT NOT NULL, changed JSONB NOT NULL,
  PRIMARY KEY (tenant_id, position)
);
