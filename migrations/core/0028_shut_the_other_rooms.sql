-- A guest of a villa whose channel sold it while one of its rooms was taken has bought the other rooms as well: they are
-- shut on those nights, too. Such a range lies on a room alone, is called `{stay}~{first night}~{room}`, and is none of the
-- ranges of the stay in its own unit.
DROP VIEW stay_nights;
CREATE VIEW stay_nights AS
SELECT tenant_id, id AS stay_id, start_date, end_date FROM occupancies
WHERE live = 1 AND kind = 'ical' AND main_id IS NULL AND stay_id IS NULL
UNION ALL
SELECT tenant_id, stay_id, start_date, end_date FROM occupancies INDEXED BY occupancies_of_stay
WHERE live = 1 AND main_id IS NULL AND stay_id IS NOT NULL AND source <> 'combined';

-- As before, and then what is free of each part.
DROP TRIGGER waiting_stays_settle;
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
  INSERT INTO occupancies (tenant_id, id, unit_id, start_date, end_date, kind, ref_id, source, stay_id, created_at,
                           updated_at)
  SELECT NEW.tenant_id, NEW.id || '~' || begins.at || '~' || begins.unit_id, begins.unit_id, begins.at, coalesce((
      SELECT min(o.start_date) FROM occupancies AS o
      WHERE o.unit_id = begins.unit_id AND o.live = 1 AND o.start_date > begins.at AND o.start_date < NEW.end_date
    ), NEW.end_date), 'ical', NEW.feed_id, 'combined', NEW.id, NEW.settled_at, NEW.settled_at
  FROM (
    SELECT p.part_id AS unit_id, p.since, NEW.start_date AS at FROM unit_parts AS p
    WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id UNION
    SELECT p.part_id, p.since, o.end_date FROM unit_parts AS p
    CROSS JOIN occupancies AS o ON o.unit_id = p.part_id AND o.live = 1 AND o.start_date < NEW.end_date
      AND o.end_date > NEW.start_date AND o.end_date < NEW.end_date AND o.start_date >= coalesce((
        SELECT b.start_date FROM occupancies AS b
        WHERE b.unit_id = p.part_id AND b.live = 1 AND b.start_date <= NEW.start_date
        ORDER BY b.start_date DESC LIMIT 1), '')
    WHERE p.tenant_id = NEW.tenant_id AND p.combined_id = NEW.unit_id
  ) AS begins
  WHERE begins.since < NEW.end_date AND NOT coalesce((
    SELECT o.end_date FROM occupancies AS o
    WHERE o.unit_id = begins.unit_id AND o.live = 1 AND o.start_date <= begins.at
    ORDER BY o.start_date DESC LIMIT 1), '') > begins.at
  ON CONFLICT (tenant_id, id) DO UPDATE SET unit_id = excluded.unit_id, start_date = excluded.start_date,
    end_date = excluded.end_date, live = 1, updated_at = excluded.updated_at;
  UPDATE waiting_stays SET nights = (
    SELECT json_group_array(json_array(r.start_date, r.end_date)) FROM (
      SELECT start_date, end_date FROM stay_ranges
      WHERE tenant_id = NEW.tenant_id AND stay_id = NEW.id ORDER BY start_date
    ) AS r)
  WHERE tenant_id = NEW.tenant_id AND id = NEW.id AND importing = 0;
  DELETE FROM stay_ranges WHERE tenant_id = NEW.tenant_id AND stay_id = NEW.id;
END;

UPDATE waiting_stays SET settled_at = settled_at + 1;
