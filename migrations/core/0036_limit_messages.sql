-- Each part of an SMS costs money: it has a meter of its own. What a tenant may send on one day (UTC) is limited as well,
-- so that a month's amount is not gone in an hour. A plan that an installation made for itself begins without SMS.
ALTER TABLE plans ADD COLUMN sms_monthly INTEGER DEFAULT 0;
ALTER TABLE plans ADD COLUMN sms_daily INTEGER DEFAULT 0;
ALTER TABLE plans ADD COLUMN emails_daily INTEGER DEFAULT 50;
UPDATE plans SET sms_monthly = 500, sms_daily = 50, emails_daily = NULL WHERE id = 'pro';
UPDATE plans SET sms_monthly = 5000, sms_daily = 500, emails_daily = NULL WHERE id = 'business';

-- What was sent in a window of time that ends at `ends_at`: to one address or number over all tenants, by one tenant, by
-- all of them. A recipient stands in `key` as a keyed hash.
CREATE TABLE message_budgets (
  ends_at INTEGER NOT NULL,
  key TEXT NOT NULL CHECK (length(key) <= 120),
  used INTEGER NOT NULL,
  PRIMARY KEY (ends_at, key)
) STRICT, WITHOUT ROWID;

-- What a tenant has chosen about its messages. `countries`: where its SMS may go, as ISO 3166 codes; without a row, where
-- they cost little.
CREATE TABLE message_settings (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
  countries TEXT NOT NULL CHECK (json_valid(countries) AND length(countries) <= 2000),
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Since when the provider may have it: what waits for a budget has not been tried, however long ago it was made.
ALTER TABLE deliveries ADD COLUMN tried_at INTEGER;
UPDATE deliveries SET tried_at = created_at WHERE status IN ('pending', 'sending', 'unknown');
