"""What can be wrong with what is counted and recorded, as SQL over `c`, a row of the walk's table."""

from propflow.clock import DAY

STUCK = 2 * DAY  # ms; a message is sent again every six hours at least
TRIED = 8  # times that it was sent again by then, or more; what was put off on purpose, or set free, begins anew

HAS_PROPERTY = "EXISTS (SELECT 1 FROM properties AS p WHERE p.tenant_id = c.tenant_id AND p.id = c.property_id)"
HAS_UNIT = "EXISTS (SELECT 1 FROM units AS u WHERE u.tenant_id = c.tenant_id AND u.id = c.unit_id)"
HAS_BOOKING = "EXISTS (SELECT 1 FROM bookings AS b WHERE b.tenant_id = c.tenant_id AND b.id = c.booking_id)"

UNITS = f"CASE WHEN NOT {HAS_PROPERTY} THEN 'unit_elsewhere' END"
QUOTES = f"CASE WHEN NOT {HAS_UNIT} THEN 'quote_elsewhere' END"

# Mails of accounts stand under a person, those to operators under the installation: these have no tenant.
ACTS = "NOT EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = c.tenant_id AND t.suspended_at IS NOT NULL)"
OUTBOX = f"""
CASE WHEN c.waiting <> 0 AND c.created_at < ?4 - {STUCK} AND (c.attempts >= {TRIED} OR c.next_attempt_at < ?4 - {DAY})
  AND {ACTS}
THEN 'message_stuck' END"""

INVOICES = f"""
CASE WHEN NOT {HAS_BOOKING} THEN 'invoice_elsewhere'
  WHEN c.number > 1 AND NOT EXISTS (
    SELECT 1 FROM invoices AS i WHERE i.tenant_id = c.tenant_id AND i.series = c.series AND i.number = c.number - 1)
  THEN 'invoice_gap' END"""
SERIES = """
CASE WHEN c.n IS NOT (
  SELECT max(i.number) FROM invoices AS i
  WHERE i.tenant_id = c.tenant_id AND i.series = c.series AND i.number IS NOT NULL)
THEN 'invoice_series_differs' END"""

EVENTS = """
CASE WHEN c.position > 1 AND NOT EXISTS (
    SELECT 1 FROM events AS e WHERE e.tenant_id = c.tenant_id AND e.position = c.position - 1)
  THEN 'event_gap'
  WHEN c.sequence > 1 AND NOT EXISTS (
    SELECT 1 FROM events AS e
    WHERE e.tenant_id = c.tenant_id AND e.object_id = c.object_id AND e.sequence = c.sequence - 1)
  THEN 'event_sequence_gap' END"""

# What triggers count, and refuse beyond the plan, by meter.
COUNTED = {
    "units": "SELECT count(*) FROM units AS x WHERE x.tenant_id = c.id AND x.status <> 'archived'",
    "users": "SELECT count(*) FROM memberships AS x WHERE x.tenant_id = c.id",
    "properties": "SELECT count(*) FROM properties AS x WHERE x.tenant_id = c.id AND x.status <> 'archived'",
    "feeds": "SELECT count(*) FROM feeds AS x WHERE x.tenant_id = c.id AND x.deleted_at IS NULL",
    "push_targets": "SELECT count(*) FROM push_targets AS x WHERE x.tenant_id = c.id",
    "files": "SELECT count(*) FROM files AS x WHERE x.tenant_id = c.id AND x.status <> 'deleted'",
    "storage_bytes": "SELECT total(x.size) FROM files AS x WHERE x.tenant_id = c.id AND x.status <> 'deleted'",
}
USED = "coalesce((SELECT used FROM usage_counters WHERE tenant_id = c.id AND meter = '{}' AND period = ''), 0)"
TENANTS = f"""
CASE {"".join(f"WHEN {USED.format(meter)} <> ({there}) THEN '{meter}_miscounted' " for meter, there in COUNTED.items())}
END"""
