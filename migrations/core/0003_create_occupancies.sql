-- One ledger for everything that occupies a unit. No two live rows of a unit overlap: the triggers are the judge.

CREATE TABLE occupancies (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  start_date TEXT NOT NULL CHECK (date(start_date) IS start_date),
  end_date TEXT NOT NULL CHECK (date(end_date) IS end_date),
  live INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1)),
  kind TEXT NOT NULL CHECK (kind IN ('booking', 'hold', 'lease', 'owner', 'maintenance', 'ical')),
  ref_id TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT 'direct',
  expires_at INTEGER,
  main_id TEXT, -- of the occupancy that this one follows on a part of its unit; see unit_parts
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (start_date < end_date),
  CHECK ((kind = 'hold') = (expires_at IS NOT NULL)),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX occupancies_live ON occupancies (unit_id, start_date, end_date, expires_at) WHERE live = 1;
CREATE INDEX occupancies_holds ON occupancies (unit_id, expires_at) WHERE live = 1 AND kind = 'hold';

-- Live rows of a unit are disjoint, so only the last one that starts before the new end can reach into the new range:
-- one row read, however long the history.
CREATE TRIGGER occupancies_no_overlap_insert BEFORE INSERT ON occupancies WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'unit_overlap')
  WHERE (
    SELECT o.end_date FROM occupancies o
    WHERE o.unit_id = NEW.unit_id AND o.live = 1 AND o.start_date < NEW.end_date
    ORDER BY o.start_date DESC LIMIT 1
  ) > NEW.start_date;
END;

CREATE TRIGGER occupancies_no_overlap_update BEFORE UPDATE OF unit_id, start_date, end_date, live ON occupancies
WHEN NEW.live = 1 BEGIN
  SELECT RAISE(ABORT, 'unit_overlap')
  WHERE (
    SELECT o.end_date FROM occupancies o
    WHERE o.unit_id = NEW.unit_id AND o.live = 1 AND o.start_date < NEW.end_date AND o.id <> NEW.id
      AND o.id <> NEW.id || ':' || NEW.unit_id -- what follows it may be on the unit to which it moves
    ORDER BY o.start_date DESC LIMIT 1
  ) > NEW.start_date;
END;
