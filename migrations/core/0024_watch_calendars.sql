-- Who watches calendars live.

-- A room of RealtimePresence that somebody is in: of one property, or with '' of the whole tenant. Whoever commits looks
-- here, in the same batch, whether anybody must be told; where nobody watches there is no row to read. `sockets` is what
-- the limit of a tenant counts. `until` ends what a room that died could not take back.
CREATE TABLE watched_rooms (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  property_id TEXT NOT NULL,
  sockets INTEGER NOT NULL CHECK (sockets > 0),
  until INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, property_id)
) STRICT, WITHOUT ROWID;
