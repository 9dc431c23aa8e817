-- Units that consist of others: a villa and its rooms. Who takes the villa takes each room; who takes a room leaves
-- the rest of the villa, but not the villa.

-- Each live occupancy of a combined unit (main) is followed by one on each of its parts (`main_id`, id
-- `{main}:{part}`), kept by the triggers below, so that no writer can forget it. The rooms are where everything meets:
-- villa against room, and two villas that share a room, are judged by the overlap triggers as any other two occupancies
-- of a room. The other way round nothing follows, because two rooms may be taken by different guests at once; so who
-- reads what is free looks at a unit and at its parts.

-- Only nights from `since` on are shared. A combined unit is no part of another.
CREATE TABLE unit_parts (
  tenant_id TEXT NOT NULL,
  combined_id TEXT NOT NULL,
  part_id TEXT NOT NULL,
  since TEXT NOT NULL CHECK (date(since) IS since),
  PRIMARY KEY (tenant_id, combined_id, part_id),
  CHECK (combined_id <> part_id),
  FOREIGN KEY (tenant_id, combined_id) REFERENCES units (tenant_id, id),
  FOREIGN KEY (tenant_id, part_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX unit_parts_by_part ON unit_parts (tenant_id, part_id);
CREATE INDEX occupancies_following ON occupancies (tenant_id, main_id) WHERE main_id IS NOT NULL;

CREATE TRIGGER unit_parts_are_sound BEFORE INSERT ON unit_parts BEGIN
  SELECT RAISE(ABORT, 'parts_nested') WHERE EXISTS (
    SELECT 1 FROM unit_parts WHERE tenant_id = NEW.tenant_id AND part_id = NEW.combined_id
  ) OR EXISTS (
    SELECT 1 FROM unit_parts WHERE tenant_id = NEW.tenant_id AND combined_id = NEW.part_id
  );
  SELECT RAISE(ABORT, 'parts_in_too_many') WHERE (
    SELECT COUNT(*) FROM unit_parts WHERE tenant_id = NEW.tenant_id AND part_id = NEW.part_id) >= 20;
  SELECT RAISE(ABORT, 'parts_too_many') WHERE (
    SELECT COUNT(*) FROM unit_parts WHERE tenant_id = NEW.tenant_id AND combined_id = NEW.combined_id) >= 20;
  SELECT RAISE(ABORT, 'parts_elsewhere') WHERE (
    SELECT COUNT(DISTINCT property_id) FROM units
    WHERE tenant_id = NEW.tenant_id AND id IN (NEW.combined_id, NEW.part_id)) <> 1;
  SELECT RAISE(ABORT, 'parts_archived') WHERE EXISTS (
    SELECT 1 FROM units
    WHERE tenant_id = NEW.tenant_id AND id IN (NEW.combined_id, NEW.part_id) AND status = 'archived');
END;

-- What once followed is still there, not live, when a unit becomes a part again.
CREATE TRIGGER unit_parts_begin AFTER INSERT ON unit_parts BEGIN
  UPDATE occupancies SET start_date = o.start_date, end_date = o.end_date, live = 1, kind = o.kind,
    ref_id = o.ref_id, expires_at = o.expires_at, updated_at = o.updated_at
  FROM occupancies AS o
  WHERE o.unit_id = NEW.combined_id AND o.tenant_id = NEW.tenant_id AND o.live = 1 AND o.end_date > NEW.since
    AND occupancies.tenant_id = NEW.tenant_id AND occupancies.main_id = o.id AND occupancies.unit_id = NEW.part_id;
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, expires_at,
                           main_id, created_at, updated_at)
  SELECT o.tenant_id, o.id || ':' || NEW.part_id, NEW.part_id, o.start_date, o.end_date, 1, o.kind, o.ref_id,
    'combined', o.expires_at, o.id, o.created_at, o.updated_at
  FROM occupancies AS o
  WHERE o.unit_id = NEW.combined_id AND o.tenant_id = NEW.tenant_id AND o.live = 1 AND o.end_date > NEW.since
    AND NOT EXISTS (
      SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = o.id || ':' || NEW.part_id);
END;

CREATE TRIGGER unit_parts_end AFTER DELETE ON unit_parts BEGIN
  UPDATE occupancies SET live = 0
  WHERE tenant_id = OLD.tenant_id AND unit_id = OLD.part_id AND live = 1 AND main_id IN (
    SELECT o.id FROM occupancies AS o WHERE o.unit_id = OLD.combined_id AND o.live = 1 AND o.end_date > OLD.since);
END;

-- Asking whether there is something, as both conditions do, costs nothing where there is nothing.
CREATE TRIGGER occupancies_are_followed AFTER INSERT ON occupancies
WHEN NEW.live = 1 AND NEW.main_id IS NULL AND EXISTS (
  SELECT 1 FROM unit_parts AS p WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id
) BEGIN
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, live, kind, ref_id, source, expires_at,
                           main_id, created_at, updated_at)
  SELECT NEW.tenant_id, NEW.id || ':' || p.part_id, p.part_id, NEW.start_date, NEW.end_date, 1, NEW.kind, NEW.ref_id,
    'combined', NEW.expires_at, NEW.id, NEW.created_at, NEW.updated_at
  FROM unit_parts AS p
  WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < NEW.end_date ORDER BY p.part_id;
END;

-- Also when a hold becomes a booking after what followed it was closed: then the nights may be somebody else's.
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
                           main_id, created_at, updated_at)
  SELECT NEW.tenant_id, NEW.id || ':' || p.part_id, p.part_id, NEW.start_date, NEW.end_date, 1, NEW.kind, NEW.ref_id,
    'combined', NEW.expires_at, NEW.id, NEW.created_at, NEW.updated_at
  FROM unit_parts AS p
  WHERE NEW.live = 1 AND p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id AND p.since < NEW.end_date
    AND NOT EXISTS (
      SELECT 1 FROM occupancies AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id || ':' || p.part_id)
  ORDER BY p.part_id;
END;

CREATE TRIGGER occupancies_are_followed_no_more AFTER DELETE ON occupancies WHEN OLD.main_id IS NULL BEGIN
  DELETE FROM occupancies WHERE tenant_id = OLD.tenant_id AND main_id = OLD.id;
END;

-- A hold that has run out may first be met on a part: it ends as a whole.
CREATE TRIGGER occupancies_end_together AFTER UPDATE OF live ON occupancies
WHEN NEW.live = 0 AND NEW.main_id IS NOT NULL AND NEW.expires_at <= NEW.updated_at BEGIN
  UPDATE occupancies SET live = 0, updated_at = NEW.updated_at
  WHERE tenant_id = NEW.tenant_id AND id = NEW.main_id AND live = 1;
END;

-- Stays and leases need a unit that is let; blocks one that is not archived. What a channel reports is a fact whatever
-- the unit is.
CREATE TRIGGER occupancies_need_active_unit BEFORE INSERT ON occupancies
WHEN NEW.live = 1 AND NEW.main_id IS NULL AND NEW.kind <> 'ical' BEGIN
  SELECT RAISE(ABORT, 'unit_not_active')
  FROM units WHERE tenant_id = NEW.tenant_id AND id = NEW.unit_id
    AND (status = 'archived' OR (status = 'inactive' AND NEW.kind IN ('booking', 'hold', 'lease')));
END;

CREATE TRIGGER occupancies_move_to_active_unit BEFORE UPDATE OF unit_id, live ON occupancies
WHEN NEW.live = 1 AND NEW.main_id IS NULL AND NEW.kind <> 'ical' AND (NEW.unit_id <> OLD.unit_id OR OLD.live = 0) BEGIN
  SELECT RAISE(ABORT, 'unit_not_active')
  FROM units WHERE tenant_id = NEW.tenant_id AND id = NEW.unit_id
    AND (status = 'archived' OR (status = 'inactive' AND NEW.kind IN ('booking', 'hold', 'lease')));
END;
