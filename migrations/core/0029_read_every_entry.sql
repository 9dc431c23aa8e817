-- Which version of an entry is known, so that an older one which comes later changes nothing; how many problems of the
-- last reading leave it unknown which nights are sold; and that people were told so.
ALTER TABLE feed_events ADD COLUMN entry_version TEXT NOT NULL DEFAULT '[0,"",""]' CHECK (json_valid(entry_version));
ALTER TABLE feeds ADD COLUMN unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0);

CREATE TABLE feed_alerts_wider (
  tenant_id TEXT NOT NULL,
  feed_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trouble', 'emptied', 'unread', 'conflicts')),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  told_at INTEGER NOT NULL,
  settled_at INTEGER,
  PRIMARY KEY (tenant_id, feed_id, kind),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO feed_alerts_wider SELECT tenant_id, feed_id, kind, active, told_at, settled_at FROM feed_alerts;
DROP TABLE feed_alerts;
ALTER TABLE feed_alerts_wider RENAME TO feed_alerts;
