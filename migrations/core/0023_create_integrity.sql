-- What is wrong in the database, found by looking at all of it once a day.

-- `object_id` names the row that is at fault, within its kind. `seen_at` is the begin of the last pass that saw it;
-- what a whole pass did not see any more is resolved, and opens again when it comes back.
CREATE TABLE integrity_findings (
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (tenant_id, kind, object_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX integrity_findings_open ON integrity_findings (seen_at) WHERE resolved_at IS NULL;

-- How far the present pass is: the walk it is at, and the key (JSON) of the last row that it has looked at there, empty
-- at its begin. One row.
CREATE TABLE integrity_passes (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  began_at INTEGER NOT NULL,
  finished_at INTEGER,
  walk INTEGER NOT NULL DEFAULT 0,
  after TEXT NOT NULL DEFAULT '',
  rows_seen INTEGER NOT NULL DEFAULT 0,
  rows_read INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO integrity_passes (id, began_at, finished_at) VALUES (1, 0, 0);
