-- Feeds that are paused, replaced and deleted, what people were told about them, and exports whose address changes.

-- A feed that is deleted stays as a row without an address: its runs and what it imported refer to it. `changed_at` is
-- when its calendar last said something new.
ALTER TABLE feeds ADD COLUMN deleted_at INTEGER;
ALTER TABLE feeds ADD COLUMN changed_at INTEGER;

-- What people were told of a feed: one row per feed and kind, so that they are told once and not at every run. `active`:
-- they believe it goes on.
CREATE TABLE feed_alerts (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trouble', 'emptied', 'conflicts')),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  told_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (tenant_id, feed_id, kind),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- A rotated export has a token of the next generation; the one before it works until `previous_until`. `changed_at` is
-- when the body last became another one. `reads` is written now and then, so it may lag behind.
ALTER TABLE calendar_exports ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE calendar_exports ADD COLUMN previous_hash TEXT;
ALTER TABLE calendar_exports ADD COLUMN previous_until INTEGER;
ALTER TABLE calendar_exports ADD COLUMN changed_at INTEGER;
ALTER TABLE calendar_exports ADD COLUMN read_at INTEGER;
ALTER TABLE calendar_exports ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX calendar_exports_previous ON calendar_exports (previous_hash) WHERE previous_hash IS NOT NULL;
