-- What one tenant may make the installation keep.

-- Answers too long for the row of their key lie in R2. A row comes before its object and goes after it, when no key can
-- refer to it any more (`due_at`). `kept_id` names the object, or is 'none' where the tenant's amount was used up.
ALTER TABLE idempotency_keys ADD COLUMN kept_id TEXT CHECK (length(kept_id) <= 40);

CREATE TABLE kept_answers (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL CHECK (length(id) <= 40),
  size INTEGER NOT NULL CHECK (size > 0), -- bytes
  due_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_answers_due ON kept_answers (due_at);

-- `answer_bytes` is what a tenant has kept of long answers, in rows and in R2. A short one is not counted: it leaves
-- less than what else a request writes.
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'answer_bytes', '', sum(length(body)) FROM idempotency_keys WHERE length(body) > 4096
GROUP BY tenant_id;

CREATE TRIGGER long_answers_are_counted AFTER INSERT ON idempotency_keys WHEN length(NEW.body) > 4096 BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used)
  VALUES (NEW.tenant_id, 'answer_bytes', '', length(NEW.body))
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER long_answers_gone_are_counted AFTER DELETE ON idempotency_keys WHEN length(OLD.body) > 4096 BEGIN
  UPDATE usage_counters SET used = used - length(OLD.body)
  WHERE tenant_id = OLD.tenant_id AND meter = 'answer_bytes' AND period = '';
END;

CREATE TRIGGER kept_answers_are_counted AFTER INSERT ON kept_answers BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'answer_bytes', '', NEW.size)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER kept_answers_gone_are_counted AFTER DELETE ON kept_answers BEGIN
  UPDATE usage_counters SET used = used - OLD.size
  WHERE tenant_id = OLD.tenant_id AND meter = 'answer_bytes' AND period = '';
END;

-- More of what a plan limits. Whoever has more than that keeps it.
ALTER TABLE plans ADD COLUMN max_properties INTEGER;
ALTER TABLE plans ADD COLUMN max_feeds INTEGER;
ALTER TABLE plans ADD COLUMN max_push_targets INTEGER;
ALTER TABLE plans ADD COLUMN max_files INTEGER;
ALTER TABLE plans ADD COLUMN max_storage_bytes INTEGER;

UPDATE plans SET max_properties = 100, max_feeds = 300, max_push_targets = 200, max_files = 10000,
  max_storage_bytes = 1000000000 WHERE id = 'free';
UPDATE plans SET max_properties = 1000, max_feeds = 3000, max_push_targets = 2000, max_files = 100000,
  max_storage_bytes = 50000000000 WHERE id = 'pro';

INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'properties', '', count(*) FROM properties WHERE status <> 'archived' GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'feeds', '', count(*) FROM feeds WHERE deleted_at IS NULL GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'push_targets', '', count(*) FROM push_targets GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'files', '', count(*) FROM files WHERE status <> 'deleted' GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'storage_bytes', '', sum(size) FROM files WHERE status <> 'deleted' GROUP BY tenant_id;

-- A property that is archived does not count.
CREATE TRIGGER properties_within_plan BEFORE INSERT ON properties WHEN NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_properties') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'properties' AND period = '') >=
    (SELECT p.max_properties FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER properties_return_within_plan BEFORE UPDATE OF status ON properties
WHEN OLD.status = 'archived' AND NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_properties') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'properties' AND period = '') >=
    (SELECT p.max_properties FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER properties_are_counted AFTER INSERT ON properties WHEN NEW.status <> 'archived' BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'properties', '', 1)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER properties_are_counted_by_status AFTER UPDATE OF status ON properties
WHEN (OLD.status = 'archived') <> (NEW.status = 'archived') BEGIN
  UPDATE usage_counters SET used = used + CASE NEW.status WHEN 'archived' THEN -1 ELSE 1 END
  WHERE tenant_id = NEW.tenant_id AND meter = 'properties' AND period = '';
END;

CREATE TRIGGER properties_gone_are_counted AFTER DELETE ON properties WHEN OLD.status <> 'archived' BEGIN
  UPDATE usage_counters SET used = used - 1
  WHERE tenant_id = OLD.tenant_id AND meter = 'properties' AND period = '';
END;

-- The row of a feed stays when it is deleted: its nights may.
CREATE TRIGGER feeds_within_plan BEFORE INSERT ON feeds BEGIN
  SELECT RAISE(ABORT, 'limit_feeds') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'feeds' AND period = '') >=
    (SELECT p.max_feeds FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER feeds_are_counted AFTER INSERT ON feeds BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'feeds', '', 1)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER feeds_deleted_are_counted AFTER UPDATE OF deleted_at ON feeds
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL BEGIN
  UPDATE usage_counters SET used = used - 1
  WHERE tenant_id = OLD.tenant_id AND meter = 'feeds' AND period = '';
END;

CREATE TRIGGER feeds_gone_are_counted AFTER DELETE ON feeds WHEN OLD.deleted_at IS NULL BEGIN
  UPDATE usage_counters SET used = used - 1
  WHERE tenant_id = OLD.tenant_id AND meter = 'feeds' AND period = '';
END;

CREATE TRIGGER push_targets_within_plan BEFORE INSERT ON push_targets BEGIN
  SELECT RAISE(ABORT, 'limit_push_targets') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'push_targets' AND period = '') >=
    (SELECT p.max_push_targets FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER push_targets_are_counted AFTER INSERT ON push_targets BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used) VALUES (NEW.tenant_id, 'push_targets', '', 1)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER push_targets_gone_are_counted AFTER DELETE ON push_targets BEGIN
  UPDATE usage_counters SET used = used - 1
  WHERE tenant_id = OLD.tenant_id AND meter = 'push_targets' AND period = '';
END;

-- A file counts from its announcement, with the size that it will have, until it is deleted or given up.
CREATE TRIGGER files_within_plan BEFORE INSERT ON files WHEN NEW.status <> 'deleted' BEGIN
  SELECT RAISE(ABORT, 'limit_files') WHERE
    (SELECT used FROM usage_counters WHERE tenant_id = NEW.tenant_id AND meter = 'files' AND period = '') >=
    (SELECT p.max_files FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER storage_within_plan BEFORE INSERT ON files WHEN NEW.status <> 'deleted' BEGIN
  SELECT RAISE(ABORT, 'limit_storage_bytes') WHERE
    NEW.size + coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'storage_bytes' AND period = ''), 0) >
    (SELECT p.max_storage_bytes FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER files_are_counted AFTER INSERT ON files WHEN NEW.status <> 'deleted' BEGIN
  INSERT INTO usage_counters (tenant_id, meter, period, used)
  VALUES (NEW.tenant_id, 'files', '', 1), (NEW.tenant_id, 'storage_bytes', '', NEW.size)
  ON CONFLICT (tenant_id, meter, period) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER files_deleted_are_counted AFTER UPDATE OF status ON files
WHEN OLD.status <> 'deleted' AND NEW.status = 'deleted' BEGIN
  UPDATE usage_counters SET used = used - CASE meter WHEN 'files' THEN 1 ELSE OLD.size END
  WHERE tenant_id = OLD.tenant_id AND meter IN ('files', 'storage_bytes') AND period = '';
END;

CREATE TRIGGER files_gone_are_counted AFTER DELETE ON files
WHEN OLD.status <> 'deleted' BEGIN
  UPDATE usage_counters SET used = used - CASE meter WHEN 'files' THEN 1 ELSE OLD.size END
  WHERE tenant_id = OLD.tenant_id AND meter IN ('files', 'storage_bytes') AND period = '';
END;

-- How large a database was at the end of a day (UTC).
CREATE TABLE database_sizes (
  database TEXT NOT NULL CHECK (length(database) <= 20),
  day TEXT NOT NULL CHECK (length(day) = 10),
  bytes INTEGER NOT NULL,
  PRIMARY KEY (database, day)
) STRICT, WITHOUT ROWID;

-- What operators were not told of yet, and when they were told last; what may be forgotten.
CREATE INDEX operator_alerts_told ON operator_alerts (told_at) WHERE resolved_at IS NULL;
CREATE INDEX operator_alerts_closed ON operator_alerts (resolved_at) WHERE resolved_at IS NOT NULL;
