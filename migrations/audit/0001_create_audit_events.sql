-- Who did what, append-only.

CREATE TABLE audit_events (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object_id TEXT NOT NULL,
  changes TEXT NOT NULL CHECK (json_valid(changes)),
  request_id TEXT NOT NULL,
  ip TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_events_by_actor ON audit_events (tenant_id, actor, id);
CREATE INDEX audit_events_by_action ON audit_events (tenant_id, action, id);
CREATE INDEX audit_events_by_object ON audit_events (tenant_id, object_id, id);

-- INSERT OR REPLACE deletes without a delete trigger, so what is there already is kept before it comes to that.
CREATE TRIGGER audit_events_first_word_counts BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE tenant_id = NEW.tenant_id AND id = NEW.id) BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TRIGGER audit_events_never_change BEFORE UPDATE ON audit_events BEGIN
  SELECT RAISE(ABORT, 'audit_is_append_only');
END;

CREATE TRIGGER audit_events_never_vanish BEFORE DELETE ON audit_events BEGIN
  SELECT RAISE(ABORT, 'audit_is_append_only');
END;
