-- How much a tenant may have. A limit that is null does not exist.

CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  rank INTEGER NOT NULL,
  price_amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  max_users INTEGER,
  max_units INTEGER,
  api_calls_monthly INTEGER,
  messages_monthly INTEGER,
  ai_calls_monthly INTEGER,
  requests_per_minute INTEGER NOT NULL,
  features TEXT NOT NULL CHECK (json_valid(features))
) STRICT, WITHOUT ROWID;

INSERT INTO plans VALUES
  ('free', 'Free', 1, 0, 'USD', 1, 100, 100000, 1000, 10, 600, '["basic"]'),
  ('pro', 'Pro', 2, 2900, 'USD', 5, 1000, 1000000, 20000, 1000, 1200, '["basic","advanced"]'),
  ('business', 'Business', 3, 9900, 'USD', NULL, NULL, NULL, NULL, NULL, 6000, '["basic","advanced","premium"]');

-- The history of a tenant's subscription: a change ends one row and begins another. Statuses as Stripe names them:
-- https://docs.stripe.com/api/subscriptions/object#subscription_object-status
CREATE TABLE subscriptions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  plan TEXT NOT NULL REFERENCES plans (id),
  status TEXT NOT NULL CHECK (status IN (
    'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
  current_period_start INTEGER,
  current_period_end INTEGER,
  provider_id TEXT,
  reason TEXT NOT NULL DEFAULT '',
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX subscriptions_current ON subscriptions (tenant_id) WHERE ended_at IS NULL;

-- The tenant and its test space always show the current row. What has ended leaves the free plan.
CREATE TRIGGER subscriptions_are_current AFTER INSERT ON subscriptions WHEN NEW.ended_at IS NULL BEGIN
  UPDATE tenants SET
    plan = CASE WHEN NEW.status IN ('canceled', 'incomplete_expired') THEN 'free' ELSE NEW.plan END,
    subscription_status = NEW.status
  WHERE id = NEW.tenant_id OR id = (SELECT id FROM tenants WHERE live_id = NEW.tenant_id);
END;

-- What is used of each meter: of what one has (`units`, `users`) under the period '', of what one spends per month.
CREATE TABLE usage_counters (
  tenant_id TEXT NOT NULL,
  meter TEXT NOT NULL,
  period TEXT NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, meter, period)
) STRICT, WITHOUT ROWID;

-- The same by day (UTC), for people to look at.
CREATE TABLE usage_days (
  tenant_id TEXT NOT NULL,
  day TEXT NOT NULL,
  meter TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day, meter)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_days_by_day ON usage_days (day);

-- Pages of days older than 13 months on their way to R2 as tenants/{tenant}/usage/{month}-{page}.jsonl. A page is fixed
-- here before it is written there, so that a page is the same however often it is written, and what is added to a day
-- meanwhile goes to another page. `content` is empty when the page is archived and its amounts are taken off the days.
CREATE TABLE usage_archives (
  tenant_id TEXT NOT NULL,
  month TEXT NOT NULL,
  page INTEGER NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),
  sha256 TEXT,
  created_at INTEGER NOT NULL,
  archived_at INTEGER,
  PRIMARY KEY (tenant_id, month, page)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX usage_archives_open ON usage_archives (tenant_id, month) WHERE archived_at IS NULL;

-- Units and people are counted by the database itself, so that no writer can forget it, and refused there, so that no
-- two of them can pass together.
-- A unit that is archived does not count.
CREATE TRIGGER units_within_plan BEFORE INSERT ON units WHEN NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_units') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'units' AND period = '') >=
    (SELECT p.max_units FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER units_return_within_plan BEFORE UPDATE OF status ON units
WHEN OLD.status = 'archived' AND NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_units') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'units' AND period = '') >=
    (SELECT p.max_units FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER units_are_counted AFTER INSERT ON units WHEN NEW.status <> 'archived' BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'units', '', 1)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + 1;
END;

CREATE TRIGGER units_are_counted_by_status AFTER UPDATE OF status ON units
WHEN (OLD.status = 'archived') <> (NEW.status = 'archived') BEGIN
  UPDATE usage_counters SET used = used + CASE NEW.status WHEN 'archived' THEN -1 ELSE 1 END
  WHERE tenant_id = NEW.tenant_id AND meter = 'units' AND period = '';
END;

CREATE TRIGGER units_gone_are_counted AFTER DELETE ON units WHEN OLD.status <> 'archived' BEGIN
  UPDATE usage_counters SET used = used - 1 WHERE tenant_id = OLD.tenant_id AND meter = 'units' AND period = '';
END;

CREATE TRIGGER members_within_plan BEFORE INSERT ON memberships BEGIN
  SELECT RAISE(ABORT, 'limit_users') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'users' AND period = '') >=
    (SELECT p.max_users FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER members_are_counted AFTER INSERT ON memberships BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'users', '', 1)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + 1;
END;

CREATE TRIGGER members_gone_are_counted AFTER DELETE ON memberships BEGIN
  UPDATE usage_counters SET used = used - 1 WHERE tenant_id = OLD.tenant_id AND meter = 'users' AND period = '';
END;

-- What the upkeep did, and what it could not do.
CREATE TABLE upkeep_runs (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  rows INTEGER NOT NULL,
  error TEXT,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
