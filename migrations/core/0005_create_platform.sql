-- What makes every effect happen once.

-- The first answer to an idempotency key, written in the batch that holds the effect.
CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, principal_id, key_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- One row per business fact. `waiting` holds one bit per destination that has not finished with it yet
-- (1 notifications, 2 billing, 4 calsync, 8 automation, 16 audit); each consumer clears its own bit in the batch that
-- holds its effect, so the bit is the message's dedupe marker too.
CREATE TABLE outbox (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL CHECK (json_valid(message)),
  waiting INTEGER NOT NULL,
  audit TEXT CHECK (audit IS NULL OR json_valid(audit)),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE waiting <> 0;
CREATE INDEX outbox_closed ON outbox (created_at) WHERE waiting = 0;

-- Messages that no attempt will ever complete, for staff to read and replay. Not tenant-owned: a malformed body has no tenant.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  tenant_id TEXT,
  outbox_id TEXT,
  body TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  replayed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX dead_letters_by_outbox ON dead_letters (tenant_id, outbox_id) WHERE replayed_at IS NULL;
CREATE INDEX dead_letters_replayed ON dead_letters (replayed_at) WHERE replayed_at IS NOT NULL;

-- `INSERT INTO require_change SELECT changes()` rolls the batch back with 'guard_failed'
-- when the guarded statement before it changed nothing.
CREATE VIEW require_change AS SELECT 0 AS changed;

CREATE TRIGGER require_change_or_abort INSTEAD OF INSERT ON require_change WHEN NEW.changed = 0 BEGIN
  SELECT RAISE(ABORT, 'guard_failed');
END;
