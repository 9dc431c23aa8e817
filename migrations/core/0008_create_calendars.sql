-- Calendars in and out.

-- `url_sealed` is the secret address, AES-GCM under SESSION_ENC_KEY; `host` is what people are shown. `empty_since` and
-- `empty_readings` tell how long a calendar has been empty although stays to come were known.
CREATE TABLE feeds (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  url_sealed TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  etag TEXT,
  content_hash TEXT,
  empty_since INTEGER,
  empty_readings INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  last_attempt_at INTEGER,
  last_success_at INTEGER,
  next_due_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX feeds_due ON feeds (next_due_at) WHERE status = 'active';
CREATE INDEX feeds_by_unit ON feeds (tenant_id, unit_id);

CREATE TABLE feed_runs (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'succeeded', 'unchanged', 'failed')),
  seen INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0,
  ignored INTEGER NOT NULL DEFAULT 0,
  problems TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(problems)),
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (tenant_id, feed_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What each feed last said about each of its events. A fact is never refused: where it cannot be imported it is a conflict.
CREATE TABLE feed_events (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('stay', 'block')),
  state TEXT NOT NULL CHECK (state IN ('imported', 'conflict', 'removed')),
  occupancy_id TEXT NOT NULL,
  missing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, feed_id, uid),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- A run reads what may still change and not what is history.
CREATE INDEX feed_events_by_end ON feed_events (tenant_id, feed_id, end_date);
CREATE INDEX feed_events_in_conflict ON feed_events (tenant_id, feed_id, end_date) WHERE state = 'conflict';

CREATE TABLE conflicts (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX conflicts_open ON conflicts (tenant_id, feed_id, uid) WHERE status = 'open';

-- `token_hash` is the SHA-256 of the token in the public address; the token itself is derived, never stored.
CREATE TABLE calendar_exports (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  body TEXT,
  etag TEXT,
  revision INTEGER NOT NULL DEFAULT 0,
  refreshed_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX calendar_exports_by_unit ON calendar_exports (tenant_id, unit_id, channel);
