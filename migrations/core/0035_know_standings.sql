-- Whoever runs the installation can shut a tenant out: from `suspended_at` on nothing acts for it, and its test space goes
-- with it. `suspended_reads`: its people may still read and export what is theirs.
ALTER TABLE tenants ADD COLUMN suspended_at INTEGER;
ALTER TABLE tenants ADD COLUMN suspended_reason TEXT
  CHECK ((suspended_reason IS NULL) = (suspended_at IS NULL) AND length(suspended_reason) BETWEEN 1 AND 500);
ALTER TABLE tenants ADD COLUMN suspended_reads INTEGER NOT NULL DEFAULT 0 CHECK (suspended_reads IN (0, 1));
-- When it acted again: what was left undone meanwhile is nobody's fault.
ALTER TABLE tenants ADD COLUMN resumed_at INTEGER;

-- What operators should look at: one row for each thing, however often it was noticed. `subject` names the thing within its
-- kind: a tenant, a recipient's hash, a database.
CREATE TABLE operator_alerts (
  kind TEXT NOT NULL CHECK (length(kind) <= 60),
  subject TEXT NOT NULL CHECK (length(subject) <= 100),
  tenant_id TEXT,
  detail TEXT NOT NULL CHECK (length(detail) <= 500),
  times INTEGER NOT NULL DEFAULT 1,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  told_at INTEGER,
  resolved_at INTEGER,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX operator_alerts_open ON operator_alerts (last_at) WHERE resolved_at IS NULL;

-- Whose owners were all disabled before goes as if the last of them were disabled now, with the same reason to the
-- letter: whoever enables one of them resumes it by that.
UPDATE tenants AS t SET suspended_at = unixepoch() * 1000,
  suspended_reason = 'No owner of this organisation can sign in: all of them are disabled.'
WHERE EXISTS (SELECT 1 FROM memberships AS m WHERE m.tenant_id = coalesce(t.live_id, t.id) AND m.role = 'owner')
  AND NOT EXISTS (
    SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.tenant_id = coalesce(t.live_id, t.id) AND m.role = 'owner' AND u.disabled_at IS NULL);
