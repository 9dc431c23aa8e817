-- A channel's stay that is one with a booking which somebody entered by hand. It waits for the booking's nights and needs no
-- person; where the two differ it is in conflict. What it waits for it has in the commit in which the booking gives it up,
-- and is then a stay of its own. Of a stay that its channel no longer lists the booking is kept, until somebody has decided
-- about it.
ALTER TABLE feed_events ADD COLUMN booking_id TEXT;
CREATE INDEX feed_events_of_booking ON feed_events (tenant_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX feed_events_linked ON feed_events (tenant_id, feed_id, occupancy_id) WHERE booking_id IS NOT NULL;

DROP TRIGGER waiting_stays_tell;
DROP TRIGGER waiting_stays_end;

-- Rebuilt for one more way out.
CREATE TABLE conflicts_wider (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'resolved')),
  ours TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ours)),
  resolution TEXT CHECK (resolution IN ('keep_ours', 'keep_theirs', 'ignore', 'same_stay', 'fits', 'gone', 'over')),
  reason TEXT,
  resolved_by TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO conflicts_wider (tenant_id, id, unit_id, feed_id, uid, start_date, end_date, status, ours, resolution, reason,
                             resolved_by, version, created_at, resolved_at)
SELECT tenant_id, id, unit_id, feed_id, uid, start_date, end_date, status, ours, resolution, reason, resolved_by, version,
  created_at, resolved_at
FROM conflicts;

DROP TABLE conflicts;
ALTER TABLE conflicts_wider RENAME TO conflicts;

CREATE UNIQUE INDEX conflicts_open ON conflicts (tenant_id, feed_id, uid) WHERE status = 'open';
CREATE INDEX conflicts_by_event ON conflicts (tenant_id, feed_id, uid);

-- Rebuilt for one more thing that people are told.
CREATE TABLE feed_alerts_wider (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trouble', 'emptied', 'unread', 'conflicts', 'unlisted')),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  told_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (tenant_id, feed_id, kind),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO feed_alerts_wider SELECT tenant_id, feed_id, kind, active, told_at, settled_at FROM feed_alerts;
DROP TABLE feed_alerts;
ALTER TABLE feed_alerts_wider RENAME TO feed_alerts;

-- As before; but who is one stay with a booking that has nights, wherever these are, differs from it, and a person decides.
-- The entry is found by its stay: a run that knows a new UID of it writes that behind this.
CREATE TRIGGER waiting_stays_end AFTER UPDATE OF nights ON waiting_stays
WHEN NEW.importing = 0 AND NEW.nights = json_array(json_array(NEW.start_date, NEW.end_date)) AND NOT EXISTS (
  SELECT 1 FROM feed_events AS e INDEXED BY feed_events_linked
  CROSS JOIN bookings AS b ON b.tenant_id = NEW.tenant_id AND b.id = e.booking_id
  CROSS JOIN occupancies AS o ON o.tenant_id = NEW.tenant_id AND o.id = b.occupancy_id AND o.live = 1
  WHERE e.tenant_id = NEW.tenant_id AND e.feed_id = NEW.feed_id AND e.occupancy_id = NEW.id
    AND e.booking_id IS NOT NULL
) BEGIN
  UPDATE feed_events SET state = 'imported', reason = 'same_nights', booking_id = NULL,
    updated_at = max(NEW.settled_at, updated_at + 1)
  WHERE tenant_id = NEW.tenant_id AND feed_id = NEW.feed_id AND uid = NEW.uid AND state IN ('conflict', 'waiting');
  INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                      created_at)
  SELECT NEW.tenant_id, coalesce((SELECT max(position) FROM events WHERE tenant_id = NEW.tenant_id), 0) + 1,
    'evt_' || substr(c.id, 5, 23) || '00z', 'conflict.resolved', c.id, c.unit_id,
    coalesce((SELECT max(sequence) FROM events WHERE tenant_id = NEW.tenant_id AND object_id = c.id), 0) + 1,
    json_object('status', 'resolved', 'start', c.start_date, 'end', c.end_date, 'resolution', 'fits'), '{}',
    NEW.feed_id, '', NEW.settled_at
  FROM conflicts AS c
  WHERE c.tenant_id = NEW.tenant_id AND c.feed_id = NEW.feed_id AND c.uid = NEW.uid AND c.status = 'open';
  UPDATE conflicts SET status = 'resolved', resolution = 'fits', resolved_at = NEW.settled_at, version = version + 1
  WHERE tenant_id = NEW.tenant_id AND feed_id = NEW.feed_id AND uid = NEW.uid AND status = 'open';
  DELETE FROM waiting_stays WHERE tenant_id = NEW.tenant_id AND id = NEW.id;
END;

-- As before, behind it: SQLite calls what was created last first.
CREATE TRIGGER waiting_stays_tell AFTER UPDATE OF nights ON waiting_stays WHEN NEW.nights <> OLD.nights BEGIN
  INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                      created_at)
  SELECT NEW.tenant_id, coalesce((SELECT max(position) FROM events WHERE tenant_id = NEW.tenant_id), 0) + 1,
    'evt_' || substr(lower(hex(randomblob(13))), 1, 26),
    CASE '[]' WHEN OLD.nights THEN 'occupancy.imported' WHEN NEW.nights THEN 'occupancy.removed'
      ELSE 'occupancy.moved' END,
    NEW.id, NEW.unit_id,
    coalesce((SELECT max(sequence) FROM events WHERE tenant_id = NEW.tenant_id AND object_id = NEW.id), 0) + 1,
    CASE NEW.nights WHEN '[]' THEN '{}' ELSE json_patch(
      json_object('start', NEW.nights ->> '$[0][0]', 'end', NEW.nights ->> '$[#-1][1]'), json_patch(
      CASE json_array_length(NEW.nights) WHEN 1 THEN '{}' ELSE json_object('nights', json(NEW.nights)) END,
      CASE OLD.nights WHEN '[]' THEN json_object('kind', 'ical', 'feed_id', NEW.feed_id) ELSE '{}' END)) END,
    CASE OLD.nights WHEN '[]' THEN '{}' ELSE json_patch(
      json_object('start', OLD.nights ->> '$[0][0]', 'end', OLD.nights ->> '$[#-1][1]'),
      CASE json_array_length(OLD.nights) WHEN 1 THEN '{}' ELSE json_object('nights', json(OLD.nights)) END) END,
    NEW.feed_id, '', NEW.settled_at;
  INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
  SELECT NEW.tenant_id, made.id, 'unit.calendar_changed', json_object(
      'type', 'unit.calendar_changed', 'tenant_id', NEW.tenant_id, 'outbox_id', made.id, 'request_id', '',
      'unit_id', NEW.unit_id),
    4, unixepoch('now') * 1000, unixepoch('now') * 1000
  FROM (SELECT 'obx_' || substr(lower(hex(randomblob(13))), 1, 26) AS id) AS made WHERE OLD.importing = 0;
  UPDATE feed_events SET updated_at = max(NEW.settled_at, updated_at + 1)
  WHERE tenant_id = NEW.tenant_id AND feed_id = NEW.feed_id AND uid = NEW.uid;
END;
