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

-- Also whoever has only what does not count has a counter: triggers that only subtract or only return need one.
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'properties', '', sum(status <> 'archived') FROM properties GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'feeds', '', sum(deleted_at IS NULL) FROM feeds GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'push_targets', '', count(*) FROM push_targets GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'files', '', sum(status <> 'deleted') FROM files GROUP BY tenant_id;
INSERT INTO usage_counters (tenant_id, meter, period, used)
SELECT tenant_id, 'storage_bytes', '', sum(iif(status <> 'deleted', size, 0)) FROM files GROUP BY tenant_id;

-- A property that is archived does not count.
CREATE TRIGGER properties_within_plan BEFORE INSERT ON properties WHEN NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_properties') WHERE
    coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'properties' AND period = ''), 0) >=
    (SELECT p.max_properties FROM tenants AS t JOIN plans AS p ON p.id = t.plan WHERE t.id = NEW.tenant_id);
END;

CREATE TRIGGER properties_return_within_plan BEFORE UPDATE OF status ON properties
WHEN OLD.status = 'archived' AND NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'limit_properties') WHERE
    coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'properties' AND period = ''), 0) >=
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
    coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'feeds' AND period = ''), 0) >=
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
    coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'push_targets' AND period = ''), 0) >=
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
    coalesce((SELECT used FROM usage_counters
      WHERE tenant_id = NEW.tenant_id AND meter = 'files' AND period = ''), 0) >=
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

-- A last line behind the edges that bound each of these: no value from outside is longer than this, whoever writes it.
-- What is longer already stays until it is changed.

CREATE TRIGGER api_keys_not_too_long BEFORE INSERT ON api_keys
WHEN length(NEW.name) > 300 OR length(NEW.last_ip) > 100 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER api_keys_do_not_grow_too_long BEFORE UPDATE OF name, last_ip ON api_keys
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.last_ip IS NOT OLD.last_ip AND length(NEW.last_ip) > 100) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER blocks_not_too_long BEFORE INSERT ON blocks
WHEN length(NEW.note) > 1000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER blocks_do_not_grow_too_long BEFORE UPDATE OF note ON blocks
WHEN (NEW.note IS NOT OLD.note AND length(NEW.note) > 1000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER booking_groups_not_too_long BEFORE INSERT ON booking_groups
WHEN length(NEW.name) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER booking_groups_do_not_grow_too_long BEFORE UPDATE OF name ON booking_groups
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER bookings_not_too_long BEFORE INSERT ON bookings
WHEN length(NEW.guest_name) > 300 OR length(NEW.guest_email) > 300 OR
  length(NEW.guest_phone) > 60 OR length(NEW.source) > 300 OR length(NEW.cancel_reason) > 1000 OR
  length(NEW.notes) > 10000 OR length(NEW.reference) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER bookings_do_not_grow_too_long BEFORE UPDATE OF guest_name, guest_email, guest_phone, source,
  cancel_reason, notes, reference ON bookings
WHEN (NEW.guest_name IS NOT OLD.guest_name AND length(NEW.guest_name) > 300) OR
  (NEW.guest_email IS NOT OLD.guest_email AND length(NEW.guest_email) > 300) OR
  (NEW.guest_phone IS NOT OLD.guest_phone AND length(NEW.guest_phone) > 60) OR
  (NEW.source IS NOT OLD.source AND length(NEW.source) > 300) OR
  (NEW.cancel_reason IS NOT OLD.cancel_reason AND length(NEW.cancel_reason) > 1000) OR
  (NEW.notes IS NOT OLD.notes AND length(NEW.notes) > 10000) OR
  (NEW.reference IS NOT OLD.reference AND length(NEW.reference) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER calendar_hosts_not_too_long BEFORE INSERT ON calendar_hosts
WHEN length(NEW.host) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER calendar_hosts_do_not_grow_too_long BEFORE UPDATE OF host ON calendar_hosts
WHEN (NEW.host IS NOT OLD.host AND length(NEW.host) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER conflicts_not_too_long BEFORE INSERT ON conflicts
WHEN length(NEW.uid) > 400 OR length(NEW.reason) > 1000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER conflicts_do_not_grow_too_long BEFORE UPDATE OF uid, reason ON conflicts
WHEN (NEW.uid IS NOT OLD.uid AND length(NEW.uid) > 400) OR
  (NEW.reason IS NOT OLD.reason AND length(NEW.reason) > 1000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER dead_letters_not_too_long BEFORE INSERT ON dead_letters
WHEN length(NEW.queue) > 100 OR length(NEW.outbox_id) > 100 OR length(NEW.body) > 200000 OR
  length(NEW.reason) > 2000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER dead_letters_do_not_grow_too_long BEFORE UPDATE OF queue, outbox_id, body, reason ON dead_letters
WHEN (NEW.queue IS NOT OLD.queue AND length(NEW.queue) > 100) OR
  (NEW.outbox_id IS NOT OLD.outbox_id AND length(NEW.outbox_id) > 100) OR
  (NEW.body IS NOT OLD.body AND length(NEW.body) > 200000) OR
  (NEW.reason IS NOT OLD.reason AND length(NEW.reason) > 2000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER deliveries_not_too_long BEFORE INSERT ON deliveries
WHEN length(NEW.provider_id) > 300 OR length(NEW.reason) > 2000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER deliveries_do_not_grow_too_long BEFORE UPDATE OF provider_id, reason ON deliveries
WHEN (NEW.provider_id IS NOT OLD.provider_id AND length(NEW.provider_id) > 300) OR
  (NEW.reason IS NOT OLD.reason AND length(NEW.reason) > 2000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER feed_decisions_not_too_long BEFORE INSERT ON feed_decisions
WHEN length(NEW.uid) > 400 OR length(NEW.previous_uid) > 400 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER feed_decisions_do_not_grow_too_long BEFORE UPDATE OF uid, previous_uid ON feed_decisions
WHEN (NEW.uid IS NOT OLD.uid AND length(NEW.uid) > 400) OR
  (NEW.previous_uid IS NOT OLD.previous_uid AND length(NEW.previous_uid) > 400) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER feed_events_not_too_long BEFORE INSERT ON feed_events
WHEN length(NEW.uid) > 400 OR length(NEW.entry_version) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER feed_events_do_not_grow_too_long BEFORE UPDATE OF uid, entry_version ON feed_events
WHEN (NEW.uid IS NOT OLD.uid AND length(NEW.uid) > 400) OR
  (NEW.entry_version IS NOT OLD.entry_version AND length(NEW.entry_version) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER feed_runs_not_too_long BEFORE INSERT ON feed_runs
WHEN length(NEW.error) > 2000 OR length(NEW.problems) > 200000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER feed_runs_do_not_grow_too_long BEFORE UPDATE OF error, problems ON feed_runs
WHEN (NEW.error IS NOT OLD.error AND length(NEW.error) > 2000) OR
  (NEW.problems IS NOT OLD.problems AND length(NEW.problems) > 200000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER feeds_not_too_long BEFORE INSERT ON feeds
WHEN length(NEW.name) > 300 OR length(NEW.host) > 300 OR length(NEW.url_sealed) > 10000 OR
  length(NEW.etag) > 300 OR length(NEW.error) > 2000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER feeds_do_not_grow_too_long BEFORE UPDATE OF name, host, url_sealed, etag, error ON feeds
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.host IS NOT OLD.host AND length(NEW.host) > 300) OR
  (NEW.url_sealed IS NOT OLD.url_sealed AND length(NEW.url_sealed) > 10000) OR
  (NEW.etag IS NOT OLD.etag AND length(NEW.etag) > 300) OR
  (NEW.error IS NOT OLD.error AND length(NEW.error) > 2000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER files_not_too_long BEFORE INSERT ON files
WHEN length(NEW.title) > 300 OR length(NEW.content_type) > 300 OR length(NEW.etag) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER files_do_not_grow_too_long BEFORE UPDATE OF title, content_type, etag ON files
WHEN (NEW.title IS NOT OLD.title AND length(NEW.title) > 300) OR
  (NEW.content_type IS NOT OLD.content_type AND length(NEW.content_type) > 300) OR
  (NEW.etag IS NOT OLD.etag AND length(NEW.etag) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER idempotency_keys_not_too_long BEFORE INSERT ON idempotency_keys
WHEN length(NEW.headers) > 10000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER idempotency_keys_do_not_grow_too_long BEFORE UPDATE OF headers ON idempotency_keys
WHEN (NEW.headers IS NOT OLD.headers AND length(NEW.headers) > 10000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER invitations_not_too_long BEFORE INSERT ON invitations
WHEN length(NEW.email) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER invitations_do_not_grow_too_long BEFORE UPDATE OF email ON invitations
WHEN (NEW.email IS NOT OLD.email AND length(NEW.email) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER leases_not_too_long BEFORE INSERT ON leases
WHEN length(NEW.renter_name) > 300 OR length(NEW.renter_email) > 300 OR
  length(NEW.renter_phone) > 60 OR length(NEW.note) > 1000 OR length(NEW.reason) > 1000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER leases_do_not_grow_too_long BEFORE UPDATE OF renter_name, renter_email, renter_phone, note,
  reason ON leases
WHEN (NEW.renter_name IS NOT OLD.renter_name AND length(NEW.renter_name) > 300) OR
  (NEW.renter_email IS NOT OLD.renter_email AND length(NEW.renter_email) > 300) OR
  (NEW.renter_phone IS NOT OLD.renter_phone AND length(NEW.renter_phone) > 60) OR
  (NEW.note IS NOT OLD.note AND length(NEW.note) > 1000) OR
  (NEW.reason IS NOT OLD.reason AND length(NEW.reason) > 1000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER one_time_tokens_not_too_long BEFORE INSERT ON one_time_tokens
WHEN length(NEW.email) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER one_time_tokens_do_not_grow_too_long BEFORE UPDATE OF email ON one_time_tokens
WHEN (NEW.email IS NOT OLD.email AND length(NEW.email) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER properties_not_too_long BEFORE INSERT ON properties
WHEN length(NEW.name) > 300 OR length(NEW.time_zone) > 100 OR length(NEW.address) > 20000 OR
  length(NEW.check_in_time) > 20 OR length(NEW.check_out_time) > 20 OR
  length(NEW.house_rules) > 20000 OR length(NEW.reference) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER properties_do_not_grow_too_long BEFORE UPDATE OF name, time_zone, address, check_in_time,
  check_out_time, house_rules, reference ON properties
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.time_zone IS NOT OLD.time_zone AND length(NEW.time_zone) > 100) OR
  (NEW.address IS NOT OLD.address AND length(NEW.address) > 20000) OR
  (NEW.check_in_time IS NOT OLD.check_in_time AND length(NEW.check_in_time) > 20) OR
  (NEW.check_out_time IS NOT OLD.check_out_time AND length(NEW.check_out_time) > 20) OR
  (NEW.house_rules IS NOT OLD.house_rules AND length(NEW.house_rules) > 20000) OR
  (NEW.reference IS NOT OLD.reference AND length(NEW.reference) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER push_targets_not_too_long BEFORE INSERT ON push_targets
WHEN length(NEW.name) > 300 OR length(NEW.host) > 300 OR length(NEW.sealed) > 20000 OR
  length(NEW.error) > 2000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER push_targets_do_not_grow_too_long BEFORE UPDATE OF name, host, sealed, error ON push_targets
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.host IS NOT OLD.host AND length(NEW.host) > 300) OR
  (NEW.sealed IS NOT OLD.sealed AND length(NEW.sealed) > 20000) OR
  (NEW.error IS NOT OLD.error AND length(NEW.error) > 2000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER pushed_entries_not_too_long BEFORE INSERT ON pushed_entries
WHEN length(NEW.uid) > 400 OR length(NEW.etag) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER pushed_entries_do_not_grow_too_long BEFORE UPDATE OF uid, etag ON pushed_entries
WHEN (NEW.uid IS NOT OLD.uid AND length(NEW.uid) > 400) OR
  (NEW.etag IS NOT OLD.etag AND length(NEW.etag) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER sessions_not_too_long BEFORE INSERT ON sessions
WHEN length(NEW.device) > 300 OR length(NEW.ip) > 100 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER sessions_do_not_grow_too_long BEFORE UPDATE OF device, ip ON sessions
WHEN (NEW.device IS NOT OLD.device AND length(NEW.device) > 300) OR
  (NEW.ip IS NOT OLD.ip AND length(NEW.ip) > 100) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER subscriptions_not_too_long BEFORE INSERT ON subscriptions
WHEN length(NEW.provider_id) > 300 OR length(NEW.reason) > 2000 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER subscriptions_do_not_grow_too_long BEFORE UPDATE OF provider_id, reason ON subscriptions
WHEN (NEW.provider_id IS NOT OLD.provider_id AND length(NEW.provider_id) > 300) OR
  (NEW.reason IS NOT OLD.reason AND length(NEW.reason) > 2000) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER tenants_not_too_long BEFORE INSERT ON tenants
WHEN length(NEW.name) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER tenants_do_not_grow_too_long BEFORE UPDATE OF name ON tenants
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER units_not_too_long BEFORE INSERT ON units
WHEN length(NEW.name) > 300 OR length(NEW.type) > 100 OR length(NEW.reference) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER units_do_not_grow_too_long BEFORE UPDATE OF name, type, reference ON units
WHEN (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.type IS NOT OLD.type AND length(NEW.type) > 100) OR
  (NEW.reference IS NOT OLD.reference AND length(NEW.reference) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER users_not_too_long BEFORE INSERT ON users
WHEN length(NEW.email) > 300 OR length(NEW.name) > 300 OR length(NEW.password_hash) > 500 OR
  length(NEW.google_sub) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER users_do_not_grow_too_long BEFORE UPDATE OF email, name, password_hash, google_sub ON users
WHEN (NEW.email IS NOT OLD.email AND length(NEW.email) > 300) OR
  (NEW.name IS NOT OLD.name AND length(NEW.name) > 300) OR
  (NEW.password_hash IS NOT OLD.password_hash AND length(NEW.password_hash) > 500) OR
  (NEW.google_sub IS NOT OLD.google_sub AND length(NEW.google_sub) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;

CREATE TRIGGER waiting_stays_not_too_long BEFORE INSERT ON waiting_stays
WHEN length(NEW.uid) > 400 OR length(NEW.source) > 300 BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
CREATE TRIGGER waiting_stays_do_not_grow_too_long BEFORE UPDATE OF uid, source ON waiting_stays
WHEN (NEW.uid IS NOT OLD.uid AND length(NEW.uid) > 400) OR
  (NEW.source IS NOT OLD.source AND length(NEW.source) > 300) BEGIN
  SELECT RAISE(ABORT, 'too_long');
END;
