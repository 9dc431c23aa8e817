-- One row per message to a person. pending → sending (a lease) → sent | failed | unknown | skipped.

-- `object_id` is what it tells of: a booking, or for a mail about an account a one-time token, an invitation or a user
-- (`tenant_id` is then the user's id, but for an invitation). `metered` is the month, YYYY-MM, whose amount of the
-- tenant's plan it was taken from; null when nothing was, or when it was given back.
CREATE TABLE deliveries (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  outbox_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('email', 'sms')),
  template TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'sending', 'unknown', 'sent', 'failed', 'skipped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0,
  metered TEXT,
  provider_id TEXT,
  reason TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_object ON deliveries (tenant_id, object_id);
