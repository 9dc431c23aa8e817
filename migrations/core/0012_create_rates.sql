-- What a unit's nights cost and when one may come and go.

-- One row says something about a half-open range of nights; what it leaves null stays as the unit and its rules have it.
-- `revision` names the write that made the row, so that whoever read it can tell whether it is still that row.
CREATE TABLE rates (
  tenant_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  start_date TEXT NOT NULL CHECK (date(start_date) IS start_date),
  end_date TEXT NOT NULL CHECK (date(end_date) IS end_date),
  nightly_amount INTEGER CHECK (nightly_amount >= 0),
  min_stay INTEGER CHECK (min_stay BETWEEN 1 AND 730),
  max_stay INTEGER CHECK (max_stay BETWEEN 1 AND 730),
  closed_to_arrival INTEGER NOT NULL DEFAULT 0 CHECK (closed_to_arrival IN (0, 1)),
  closed_to_departure INTEGER NOT NULL DEFAULT 0 CHECK (closed_to_departure IN (0, 1)),
  revision TEXT NOT NULL,
  PRIMARY KEY (tenant_id, unit_id, start_date),
  CHECK (start_date < end_date),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The ranges of a unit are disjoint, so only the last one that starts before the new end can reach into the new range.
CREATE TRIGGER rates_no_overlap_insert BEFORE INSERT ON rates BEGIN
  SELECT RAISE(ABORT, 'rates_overlap')
  WHERE (
    SELECT r.end_date FROM rates r
    WHERE r.tenant_id = NEW.tenant_id AND r.unit_id = NEW.unit_id AND r.start_date < NEW.end_date
    ORDER BY r.start_date DESC LIMIT 1
  ) > NEW.start_date;
END;

CREATE TRIGGER rates_no_overlap_update BEFORE UPDATE OF tenant_id, unit_id, start_date, end_date ON rates BEGIN
  SELECT RAISE(ABORT, 'rates_overlap')
  WHERE EXISTS (
    SELECT 1 FROM rates r
    WHERE r.tenant_id = NEW.tenant_id AND r.unit_id = NEW.unit_id AND r.start_date < NEW.end_date
      AND r.end_date > NEW.start_date
      AND (r.tenant_id, r.unit_id, r.start_date) <> (OLD.tenant_id, OLD.unit_id, OLD.start_date)
  );
END;

-- Adjustments, discounts and restrictions that hold for all of a unit's nights; a unit without a row has none.
CREATE TABLE rate_rules (
  tenant_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  rules TEXT NOT NULL CHECK (json_valid(rules)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, unit_id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Who once had a night and gave it back: written only when nights are given back.
CREATE INDEX occupancies_ended ON occupancies (unit_id, start_date, end_date) WHERE live = 0;
