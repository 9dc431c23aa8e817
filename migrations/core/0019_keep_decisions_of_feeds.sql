-- Why each entry of a channel's calendar became what it is, what a person said about it, and how a conflict ended.

-- How often a person decided about an entry of the feed: a run that read an older count starts again.
ALTER TABLE feeds ADD COLUMN words INTEGER NOT NULL DEFAULT 0;

-- Rebuilt for wider states. `reason` says why the state is what it is; `said_on` is the property's date on which the
-- feed first said so. `mass`: it vanished together with others. `word` is what a person said about exactly these nights:
--   keep    its occupancy stays as it is, whatever the feed says of it
--   cancel  it takes no nights, although the feed lists it
--   import  it takes its nights, although it looks like a setting or an echo
--   apart   it is not the entry for which it was taken
CREATE TABLE feed_events_wider (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('stay', 'block')),
  state TEXT NOT NULL CHECK (state IN (
    'imported', 'conflict', 'waiting', 'removed', 'replaced', 'setting', 'echo', 'ignored')),
  occupancy_id TEXT NOT NULL,
  missing_since INTEGER,
  mass INTEGER NOT NULL DEFAULT 0 CHECK (mass IN (0, 1)),
  reason TEXT,
  word TEXT CHECK (word IN ('keep', 'cancel', 'import', 'apart')),
  said_on TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, feed_id, uid),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO feed_events_wider (tenant_id, feed_id, uid, start_date, end_date, kind, state, occupancy_id, missing_since,
                               created_at, updated_at)
SELECT tenant_id, feed_id, uid, start_date, end_date, kind, state, occupancy_id, missing_since, created_at, updated_at
FROM feed_events;

DROP TABLE feed_events;
ALTER TABLE feed_events_wider RENAME TO feed_events;

CREATE INDEX feed_events_by_end ON feed_events (tenant_id, feed_id, end_date);
CREATE INDEX feed_events_in_conflict ON feed_events (tenant_id, feed_id, end_date) WHERE state = 'conflict';

-- Rebuilt with both sides and the way out. `ours` is a JSON list of what had the nights when it began.
CREATE TABLE conflicts_wider (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  ours TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ours)),
  resolution TEXT CHECK (resolution IN ('keep_ours', 'keep_theirs', 'ignore', 'fits', 'gone', 'over')),
  reason TEXT,
  resolved_by TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO conflicts_wider (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, status, created_at, resolved_at)
SELECT tenant_id, id, unit_id, feed_id, uid, start_date, end_date, status, created_at, resolved_at FROM conflicts;

DROP TABLE conflicts;
ALTER TABLE conflicts_wider RENAME TO conflicts;

CREATE UNIQUE INDEX conflicts_open ON conflicts (tenant_id, feed_id, uid) WHERE status = 'open';
CREATE INDEX conflicts_by_event ON conflicts (tenant_id, feed_id, uid);

-- What a run decided about each entry that it decided about. They go with their run.
CREATE TABLE feed_decisions (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  id TEXT NOT NULL,
  uid TEXT NOT NULL,
  change TEXT NOT NULL,
  reason TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  previous_start TEXT,
  previous_end TEXT,
  previous_uid TEXT,
  occupancy_id TEXT NOT NULL,
  reverted_by TEXT,
  reverted_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, feed_id, run_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;
