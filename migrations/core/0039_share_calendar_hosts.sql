-- A calendar host serves many tenants and knows one reader. What a tenant's feeds make of it, its turns and its holds, is
-- that tenant's: nobody else is silenced by it. `calendar_hosts` goes on counting what all of them ask together, `by_hand`
-- of it because a person waits (`by_unknown` for tenants who have not shown who they are), and holds all of them when the
-- host tells several tenants to slow down. A test space has what its live tenant has.
ALTER TABLE calendar_hosts ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar_hosts ADD COLUMN by_unknown INTEGER NOT NULL DEFAULT 0;

-- `by_hand`: turns in `minute` that people of the tenant asked for. `asked_at` is about when the host was last asked for the
-- tenant (noted once an hour), `held_at` when it told the tenant to wait until `held_until`.
CREATE TABLE calendar_turns (
  host TEXT NOT NULL CHECK (length(host) <= 255),
  tenant_id TEXT NOT NULL,
  minute INTEGER NOT NULL DEFAULT 0,
  by_hand INTEGER NOT NULL DEFAULT 0,
  asked_at INTEGER NOT NULL DEFAULT 0,
  held_at INTEGER NOT NULL DEFAULT 0,
  held_until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (host, tenant_id)
) STRICT, WITHOUT ROWID;

-- How long a tenant's slow servers have kept us waiting in the running window, in milliseconds.
CREATE TABLE calendar_waits (
  tenant_id TEXT PRIMARY KEY,
  since INTEGER NOT NULL,
  waited INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is due is found tenant by tenant, so that the longest list keeps nobody else's out of sight.
DROP INDEX feeds_due;
CREATE INDEX feeds_due ON feeds (tenant_id, next_due_at) WHERE status = 'active';
DROP INDEX outbox_waiting;
CREATE INDEX outbox_waiting ON outbox (tenant_id, next_attempt_at) WHERE waiting <> 0;
DROP INDEX push_targets_due;
CREATE INDEX push_targets_due ON push_targets (tenant_id, next_attempt_at)
WHERE pushed_revision < revision AND status IN ('active', 'ending');

-- The feeds of a unit are counted where another one is added.
CREATE INDEX feeds_connected ON feeds (tenant_id, unit_id) WHERE deleted_at IS NULL;
