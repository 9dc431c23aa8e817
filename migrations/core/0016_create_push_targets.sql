-- Calendars of ours that are brought to others, instead of waiting until they are read.

-- `sealed` holds address and credentials, AES-GCM under SESSION_ENC_KEY; `host` is what people are shown. A change of the
-- unit's nights adds one to `revision`; whoever has brought a revision over writes it to `pushed_revision`. What lies
-- between them is due at `next_attempt_at`. `claimed_until` keeps two from pushing at once. A target that ends first
-- takes its entries away.
CREATE TABLE push_targets (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('caldav', 'webhook')),
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  sealed TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'disabled', 'ending')),
  revision INTEGER NOT NULL DEFAULT 1,
  pushed_revision INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  last_attempt_at INTEGER,
  last_success_at INTEGER,
  next_attempt_at INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX push_targets_by_unit ON push_targets (tenant_id, unit_id);
CREATE INDEX push_targets_due ON push_targets (next_attempt_at)
WHERE pushed_revision < revision AND status IN ('active', 'ending');

-- What lies in a CalDAV collection because we put it there, as the server named its state.
CREATE TABLE pushed_entries (
  tenant_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  end_date TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  etag TEXT,
  PRIMARY KEY (tenant_id, target_id, uid),
  FOREIGN KEY (tenant_id, target_id) REFERENCES push_targets (tenant_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
