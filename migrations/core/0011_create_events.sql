-- What happened, in the order in which it was committed: one row per change, written in the change's own batch.

-- `position` counts the tenant's events without gaps, so that whoever reads after a position misses none; `sequence`
-- counts those of one object. `changed` and `previous` name fields; of personal data only the names.
CREATE TABLE events (
  tenant_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  object_id TEXT NOT NULL,
  unit_id TEXT,
  sequence INTEGER NOT NULL,
  changed TEXT NOT NULL CHECK (json_valid(changed)),
  previous TEXT NOT NULL CHECK (json_valid(previous)),
  actor TEXT NOT NULL,
  request_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX events_of_object ON events (tenant_id, object_id, sequence);
CREATE INDEX events_of_unit ON events (tenant_id, unit_id, position) WHERE unit_id IS NOT NULL;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'events_are_final');
END;
