-- A channel's stay shuts all of its nights that nobody else has, at once; what stands in its way is in conflict, and no
-- more. When that goes, the nights that waited are shut in the same commit, whoever opened them.

-- So one stay may have several ranges. The one that begins with the stay is the occupancy with the stay's own id; the
-- others name it in `stay_id` and are called `{stay}~{first night}`. A stay that has all of its nights is one row.
ALTER TABLE occupancies ADD COLUMN stay_id TEXT;
CREATE INDEX occupancies_of_stay ON occupancies (tenant_id, stay_id) WHERE stay_id IS NOT NULL;

-- The ranges that each stay has now. Always look for the ranges of a stay: nothing else is indexed.
CREATE VIEW stay_nights AS
SELECT tenant_id, id AS stay_id, start_date, end_date FROM occupancies
WHERE live = 1 AND kind = 'ical' AND main_id IS NULL AND stay_id IS NULL
UNION ALL
SELECT tenant_id, stay_id, start_date, end_date FROM occupancies INDEXED BY occupancies_of_stay
WHERE live = 1 AND main_id IS NULL AND stay_id IS NOT NULL;

-- What follows a range of a stay on the parts of its unit is the stay's as well: the triggers of unit_parts, with
-- `stay_id`.
DROP TRIGGER unit_parts_begin;
CREATE TRIGGER unit_parts_begin AFTER INSERT ON unit_parts BEGIN
  UPDATE occupancies SET start_date = o.start_date, end_date = o.end_date, live = 1, kind = o.kind,
    ref_id = o.ref_id, expires_at = o.expires_at, updated_at = o.updated_at
  FROM occupancies AS o
  WHERE o.unit_id = NEW.combined_id AND o.tenant_id = NEW.tenant_id AND o.live = 1 AND o.end_date > NEW.since
    AND occupancies.tenant_id = NEW.tenant_id AND occupancies.main_id = o.id AND occupancies.unit_id = NEW.part_id;
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, expires_at,
                           main_id, stay_id, created_at, updated_at)
  SELECT o.tenant_id, o.id || ':' || NEW.part_id, NEW.part_id, o.start_date, o.end_date, 1, o.kind, o.ref_id,
    'combined', o.expires_at, o.id, o.stay_id, o.created_at, o.updated_at
  FROM occupancies AS o
  WHERE o.unit_id = NEW.combined_id AND o.tenant_id = NEW.tenant_id AND o.live = 1 AND o.end_date > NEW.since
    AND NOT EXISTS (
      SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = o.id || ':' || NEW.part_id);
END;

DROP TRIGGER occupancies_are_followed;
CREATE TRIGGER occupancies_are_followed AFTER INSERT ON occupancies
WHEN NEW.live = 1 AND NEW.main_id IS NULL AND EXISTS (
  SELECT 1 FROM unit_parts AS p WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id
) BEGIN
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, expires_at,
                           main_id, stay_id, created_at, updated_at)
  SELECT NEW.tenant_id, NEW.id || ':' || p.part_id, p.part_id, NEW.start_date, NEW.end_date, 1, NEW.kind, NEW.ref_id,
    'combined', NEW.expires_at, NEW.id, NEW.stay_id, NEW.created_at, NEW.updated_at
  FROM unit_parts AS p
  WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < NEW.end_date ORDER BY p.part_id;
END;

DROP TRIGGER occupancies_are_followed_anew;
CREATE TRIGGER occupancies_are_followed_anew
AFTER UPDATE OF unit_id, start_date, end_date, live, kind, ref_id, expires_at ON occupancies
WHEN NEW.main_id IS NULL AND (EXISTS (
  SELECT 1 FROM unit_parts AS p WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id
) OR EXISTS (
  SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.main_id = NEW.id
)) BEGIN
  UPDATE occupancies SET live = 0, updated_at = NEW.updated_at
  WHERE tenant_id = NEW.tenant_id AND main_id = NEW.id AND live = 1 AND (NEW.live = 0 OR NOT EXISTS (
    SELECT 1 FROM unit_parts AS p WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id
      AND p.part_id = occupancies.unit_id AND p.since < NEW.end_date));
  UPDATE occupancies SET start_date = NEW.start_date, end_date = NEW.end_date, live = 1, kind = NEW.kind,
    ref_id = NEW.ref_id, expires_at = NEW.expires_at, updated_at = NEW.updated_at
  WHERE NEW.live = 1 AND tenant_id = NEW.tenant_id AND main_id = NEW.id AND unit_id IN (
    SELECT p.part_id FROM unit_parts AS p
    WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < NEW.end_date);
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, expires_at,
                           main_id, stay_id, created_at, updated_at)
  SELECT NEW.tenant_id, NEW.id || ':' || p.part_id, p.part_id, NEW.start_date, NEW.end_date, 1, NEW.kind, NEW.ref_id,
    'combined', NEW.expires_at, NEW.id, NEW.stay_id, NEW.created_at, NEW.updated_at
  FROM unit_parts AS p
  WHERE NEW.live = 1 AND p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < NEW.end_date
    AND NOT EXISTS (
      SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id || ':' || p.part_id)
  ORDER BY p.part_id;
END;

-- Stays that do not have all of their nights, and what they want. `nights` are the ranges (JSON) that they have, as was
-- told last. `importing`: a run of the feed is at work in this very batch and tells what becomes of it. To set
-- `settled_at` is to ask for every night that is free; it is the instant at which that happens.
CREATE TABLE waiting_stays (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  uid TEXT NOT NULL,
  source TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  nights TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(nights)),
  importing INTEGER NOT NULL DEFAULT 0 CHECK (importing IN (0, 1)),
  settled_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (start_date < end_date),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX waiting_stays_of_unit ON waiting_stays (tenant_id, unit_id, start_date, end_date);

-- The ranges that a waiting stay has or is about to get: a sheet of paper for the trigger below.
CREATE TABLE stay_ranges (
  tenant_id TEXT NOT NULL,
  stay_id TEXT NOT NULL,
  start_date TEXT NOT NULL,
  end_date TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, stay_id, start_date)
) STRICT, WITHOUT ROWID;

-- While somebody exchanges nights in one batch, what is open for a moment is nobody's. The row is never seen outside.
CREATE TABLE nights_held_back (tenant_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- What opens nights. Nights of a part of a combined unit are nights of that unit as well.
CREATE TRIGGER occupancies_open_nights AFTER UPDATE OF live, unit_id, start_date, end_date ON occupancies
WHEN OLD.live = 1 AND NOT (
  NEW.live = 1 AND NEW.unit_id = OLD.unit_id AND NEW.start_date <= OLD.start_date AND NEW.end_date >= OLD.end_date
) AND NOT EXISTS (SELECT 1 FROM nights_held_back AS h WHERE h.tenant_id = OLD.tenant_id) BEGIN
  UPDATE waiting_stays SET settled_at = max(settled_at, NEW.updated_at)
  WHERE tenant_id = OLD.tenant_id AND start_date < OLD.end_date AND end_date > OLD.start_date AND unit_id IN (
    SELECT OLD.unit_id UNION ALL
    SELECT p.combined_id FROM unit_parts AS p WHERE p.tenant_id = OLD.tenant_id AND p.part_id = OLD.unit_id);
END;

CREATE TRIGGER occupancies_delete_nights AFTER DELETE ON occupancies WHEN OLD.live = 1 BEGIN
  UPDATE waiting_stays SET settled_at = max(settled_at, OLD.updated_at)
  WHERE tenant_id = OLD.tenant_id AND start_date < OLD.end_date AND end_date > OLD.start_date AND unit_id IN (
    SELECT OLD.unit_id UNION ALL
    SELECT p.combined_id FROM unit_parts AS p WHERE p.tenant_id = OLD.tenant_id AND p.part_id = OLD.unit_id);
END;

-- Every run of its nights that nobody else has, of the unit and of all its parts. Live rows of a unit are disjoint, so
-- the last one that begins at a day or before it is the only one that can have that night. A range that the stay has
-- already and that is such a run stays as it is; others are given up and taken anew as the runs that they belong to,
-- which opens nothing to others: this trigger does not run within itself. Nor does any other (SQLite calls none that is
-- at work already), so what follows a range on the parts is looked after here, too.
CREATE TRIGGER waiting_stays_settle AFTER UPDATE OF settled_at ON waiting_stays BEGIN
  INSERT INTO stay_ranges (tenant_id, stay_id, start_date, end_date, id)
  SELECT NEW.tenant_id, NEW.id, begins.at, coalesce((
      SELECT min(o.start_date) FROM (
        SELECT NEW.unit_id AS unit_id UNION ALL
        SELECT part_id FROM unit_parts WHERE tenant_id = NEW.tenant_id AND combined_id = NEW.unit_id
      ) AS placed
      CROSS JOIN occupancies AS o ON o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date > begins.at
        AND o.start_date < NEW.end_date AND coalesce(o.stay_id, o.main_id, o.id) <> NEW.id
    ), NEW.end_date),
    NEW.id || CASE begins.at WHEN NEW.start_date THEN '' ELSE '~' || begins.at END
  FROM (
    SELECT NEW.start_date AS at UNION
    SELECT o.end_date FROM (
      SELECT NEW.unit_id AS unit_id UNION ALL
      SELECT part_id FROM unit_parts WHERE tenant_id = NEW.tenant_id AND combined_id = NEW.unit_id
    ) AS placed
    CROSS JOIN occupancies AS o ON o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date < NEW.end_date
      AND o.end_date > NEW.start_date AND o.end_date < NEW.end_date
      AND coalesce(o.stay_id, o.main_id, o.id) <> NEW.id
      AND o.start_date >= coalesce((
        SELECT b.start_date FROM occupancies AS b
        WHERE b.unit_id = placed.unit_id AND b.live = 1 AND b.start_date <= NEW.start_date
        ORDER BY b.start_date DESC LIMIT 1), '')
  ) AS begins
  WHERE NOT EXISTS (
    SELECT 1 FROM (
      SELECT NEW.unit_id AS unit_id UNION ALL
      SELECT part_id FROM unit_parts WHERE tenant_id = NEW.tenant_id AND combined_id = NEW.unit_id
    ) AS placed
    WHERE (
      SELECT CASE coalesce(o.stay_id, o.main_id, o.id) WHEN NEW.id THEN '' ELSE o.end_date END FROM occupancies AS o
      WHERE o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date <= begins.at
      ORDER BY o.start_date DESC LIMIT 1
    ) > begins.at
  );
  UPDATE occupancies SET live = 0, updated_at = NEW.settled_at
  WHERE tenant_id = NEW.tenant_id AND (id = NEW.id OR stay_id = NEW.id) AND live = 1 AND main_id IS NULL
    AND NOT EXISTS (
      SELECT 1 FROM stay_ranges AS r WHERE r.tenant_id = NEW.tenant_id AND r.stay_id = NEW.id
        AND r.id = occupancies.id AND r.start_date = occupancies.start_date AND r.end_date = occupancies.end_date
        AND occupancies.unit_id = NEW.unit_id);
  UPDATE occupancies SET live = 0, updated_at = NEW.settled_at
  WHERE tenant_id = NEW.tenant_id AND live = 1 AND main_id IN (
    SELECT o.id FROM occupancies AS o
    WHERE o.tenant_id = NEW.tenant_id AND (o.id = NEW.id OR o.stay_id = NEW.id) AND o.main_id IS NULL AND o.live = 0);
  UPDATE occupancies SET unit_id = NEW.unit_id, start_date = r.start_date, end_date = r.end_date, live = 1,
    updated_at = NEW.settled_at
  FROM stay_ranges AS r
  WHERE r.tenant_id = NEW.tenant_id AND r.stay_id = NEW.id AND occupancies.tenant_id = NEW.tenant_id
    AND occupancies.id = r.id AND occupancies.live = 0;
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, source, stay_id, created_at,
                           updated_at)
  SELECT NEW.tenant_id, r.id, NEW.unit_id, r.start_date, r.end_date, 'ical', NEW.feed_id, NEW.source,
    CASE r.id WHEN NEW.id THEN NULL ELSE NEW.id END, NEW.settled_at, NEW.settled_at
  FROM stay_ranges AS r
  WHERE r.tenant_id = NEW.tenant_id AND r.stay_id = NEW.id AND NOT EXISTS (
    SELECT 1 FROM occupancies AS o WHERE o.tenant_id = NEW.tenant_id AND o.id = r.id);
  UPDATE occupancies SET start_date = r.start_date, end_date = r.end_date, live = 1, updated_at = NEW.settled_at
  FROM stay_ranges AS r
  WHERE r.tenant_id = NEW.tenant_id AND r.stay_id = NEW.id AND occupancies.tenant_id = NEW.tenant_id
    AND occupancies.main_id = r.id AND occupancies.live = 0 AND occupancies.unit_id IN (
      SELECT p.part_id FROM unit_parts AS p
      WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < r.end_date);
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, source, main_id, stay_id,
                           created_at, updated_at)
  SELECT NEW.tenant_id, r.id || ':' || p.part_id, p.part_id, r.start_date, r.end_date, 'ical', NEW.feed_id, 'combined',
    r.id, CASE r.id WHEN NEW.id THEN NULL ELSE NEW.id END, NEW.settled_at, NEW.settled_at
  FROM stay_ranges AS r
  CROSS JOIN unit_parts AS p ON p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < r.end_date
  WHERE r.tenant_id = NEW.tenant_id AND r.stay_id = NEW.id AND NOT EXISTS (
    SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = r.id || ':' || p.part_id);
  UPDATE waiting_stays SET nights = (
    SELECT json_group_array(json_array(r.start_date, r.end_date)) FROM (
      SELECT start_date, end_date FROM stay_ranges
      WHERE tenant_id = NEW.tenant_id AND stay_id = NEW.id ORDER BY start_date
    ) AS r)
  WHERE tenant_id = NEW.tenant_id AND id = NEW.id AND importing = 0;
  DELETE FROM stay_ranges WHERE tenant_id = NEW.tenant_id AND stay_id = NEW.id;
END;

-- Who has all nights waits for none: the entry is imported, and its conflict is over.
CREATE TRIGGER waiting_stays_end AFTER UPDATE OF nights ON waiting_stays
WHEN NEW.importing = 0 AND NEW.nights = json_array(json_array(NEW.start_date, NEW.end_date)) BEGIN
  UPDATE feed_events SET state = 'imported', reason = 'same_nights', updated_at = max(NEW.settled_at, updated_at + 1)
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

-- What became of a stay is told where it happens: its nights, and that exports are stale, which a run of the feed
-- announces by itself. Who decided about the entry as it was has to look again. SQLite calls what was created last first, so
-- this is told before the end of the conflict.
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

-- The last, so that a hold has ended before others have its nights.
DROP TRIGGER occupancies_tell_expired_hold;
CREATE TRIGGER occupancies_tell_expired_hold AFTER UPDATE OF live ON occupancies
WHEN NEW.live = 0 AND OLD.live = 1 AND NEW.kind = 'hold' AND NEW.main_id IS NULL AND NEW.expires_at <= NEW.updated_at
BEGIN
  INSERT INTO events (tenant_id, position, id, type, object_id, unit_id, sequence, changed, previous, actor, request_id,
                      created_at)
  SELECT NEW.tenant_id, coalesce((SELECT max(position) FROM events WHERE tenant_id = NEW.tenant_id), 0) + 1,
    'evt_' || substr(NEW.ref_id, 6), 'hold.expired', NEW.ref_id, NEW.unit_id,
    coalesce((SELECT max(sequence) FROM events WHERE tenant_id = NEW.tenant_id AND object_id = NEW.ref_id), 0) + 1,
    '{}', json_object('start', NEW.start_date, 'end', NEW.end_date, 'expires_at',
      strftime('%Y-%m-%dT%H:%M:%S', NEW.expires_at / 1000, 'unixepoch') || printf('.%03dZ', NEW.expires_at % 1000)),
    'system', '', NEW.updated_at;
END;

-- A run reads entries that wait, however long ago they were over, as those in conflict.
DROP INDEX feed_events_in_conflict;
CREATE INDEX feed_events_in_conflict ON feed_events (tenant_id, feed_id, end_date)
WHERE state IN ('conflict', 'waiting');

-- What is in conflict already asks for what is free of its nights and lets go of nights that its channel has given up;
-- what comes of it is told, and exports are made anew.
INSERT INTO waiting_stays (tenant_id, id, unit_id, feed_id, uid, source, start_date, end_date, settled_at, importing, nights)
SELECT e.tenant_id, e.occupancy_id, f.unit_id, e.feed_id, e.uid, 'ical:' || f.host, e.start_date, e.end_date,
  unixepoch('now') * 1000, 1, (
    SELECT json_group_array(json_array(n.start_date, n.end_date)) FROM stay_nights AS n
    WHERE n.tenant_id = e.tenant_id AND n.stay_id = e.occupancy_id)
FROM feed_events AS e JOIN feeds AS f ON f.tenant_id = e.tenant_id AND f.id = e.feed_id
WHERE e.state IN ('conflict', 'waiting') AND f.deleted_at IS NULL;
UPDATE occupancies SET live = 0, updated_at = unixepoch('now') * 1000
WHERE kind = 'ical' AND live = 1 AND main_id IS NULL AND EXISTS (
  SELECT 1 FROM waiting_stays AS w
  WHERE w.tenant_id = occupancies.tenant_id AND w.id = occupancies.id
    AND (w.start_date > occupancies.start_date OR w.end_date < occupancies.end_date));
UPDATE waiting_stays SET settled_at = settled_at + 1;
INSERT INTO outbox (tenant_id, id, type, message, waiting, next_attempt_at, created_at)
SELECT w.tenant_id, 'obx_' || substr(w.id, 5), 'unit.calendar_changed', json_object(
    'type', 'unit.calendar_changed', 'tenant_id', w.tenant_id, 'outbox_id', 'obx_' || substr(w.id, 5), 'request_id', '',
    'unit_id', w.unit_id), 4, unixepoch('now') * 1000, unixepoch('now') * 1000
FROM waiting_stays AS w;
UPDATE waiting_stays SET importing = 0, nights = (
  SELECT json_group_array(json_array(ranges.start_date, ranges.end_date)) FROM (
    SELECT start_date, end_date FROM stay_nights
    WHERE tenant_id = waiting_stays.tenant_id AND stay_id = waiting_stays.id ORDER BY start_date) AS ranges);
