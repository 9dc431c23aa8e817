-- A hold that runs out tells so, whoever closes it: the next writer, an alarm, a test clock or another Worker.

-- It happens to a hold once, so the event bears the random part of the hold's id. A hold that was met on a part of its
-- unit ends as a whole first (occupancies_end_together); what follows it tells nothing. The instant is when it was
-- closed, in the tenant's time, so that events stay in the order of their instants.
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
