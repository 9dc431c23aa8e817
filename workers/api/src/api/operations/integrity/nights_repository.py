"""What can be wrong with nights, as SQL over `c`, a row of the walk's table.

Each `FAULTS` is one CASE: the kind of the first fault of the row, or null. Every look-up goes by an index.
"""

HAS_UNIT = "EXISTS (SELECT 1 FROM units AS u WHERE u.tenant_id = c.tenant_id AND u.id = c.unit_id)"

# The first day of departure of entries that are kept (`feed_events.forget`).
FORGOTTEN = "date(?4 / 1000, 'unixepoch', '-400 days')"

# Of rows that overlap at all, two that are next to each other by their start do.
OVERLAPS = """
EXISTS (
  SELECT 1 FROM (
    SELECT o.start_date FROM occupancies AS o
    WHERE o.unit_id = c.unit_id AND o.live = 1 AND o.start_date >= c.start_date
      AND (o.tenant_id, o.id) <> (c.tenant_id, c.id)
    ORDER BY o.start_date LIMIT 1) AS following
  WHERE following.start_date < c.end_date)"""

# An entry that waits, is in a conflict or was kept by somebody may have other nights than the channel says, so the
# index of its end finds most and not all; left to itself SQLite looks at every entry of the feed. What ended long ago
# is forgotten, and its nights stay.
HAS_OWNER = f"""
CASE c.kind
  WHEN 'hold' THEN 1
  WHEN 'booking' THEN EXISTS (
    SELECT 1 FROM bookings AS b WHERE b.tenant_id = c.tenant_id AND b.id = c.ref_id AND b.status <> 'cancelled'
      AND (b.occupancy_id = c.id OR (b.later_parts <> '[]' AND EXISTS (
        SELECT 1 FROM json_each(b.later_parts) WHERE value ->> 'occupancy_id' = c.id))))
  WHEN 'lease' THEN EXISTS (
    SELECT 1 FROM leases AS l WHERE l.tenant_id = c.tenant_id AND l.id = c.ref_id AND l.occupancy_id = c.id
      AND l.status IN ('active', 'terminated'))
  WHEN 'ical' THEN c.end_date < {FORGOTTEN} OR EXISTS (
    SELECT 1 FROM feed_events AS f INDEXED BY feed_events_by_end WHERE f.tenant_id = c.tenant_id
      AND f.feed_id = c.ref_id AND f.end_date = c.end_date AND f.occupancy_id = c.id AND f.state = 'imported'
    ) OR EXISTS (
    SELECT 1 FROM feed_events AS f WHERE f.tenant_id = c.tenant_id AND f.feed_id = c.ref_id
      AND f.occupancy_id = coalesce(c.stay_id, c.id)
      AND (f.state IN ('conflict', 'waiting') OR (f.state = 'imported' AND f.word = 'keep')))
  ELSE EXISTS (
    SELECT 1 FROM blocks AS k WHERE k.tenant_id = c.tenant_id AND k.id = c.ref_id AND k.occupancy_id = c.id)
END"""

FOLLOWS = """
EXISTS (
  SELECT 1 FROM occupancies AS m WHERE m.tenant_id = c.tenant_id AND m.id = c.main_id AND m.live = 1
    AND (m.start_date, m.end_date, m.kind, m.ref_id) = (c.start_date, c.end_date, c.kind, c.ref_id))"""
IS_FOLLOWED = """
NOT EXISTS (
  SELECT 1 FROM unit_parts AS p WHERE p.tenant_id = c.tenant_id AND p.combined_id = c.unit_id
    AND p.since < c.end_date AND NOT EXISTS (
      SELECT 1 FROM occupancies AS f WHERE f.tenant_id = c.tenant_id AND f.id = c.id || ':' || p.part_id
        AND f.live = 1 AND f.unit_id = p.part_id AND f.main_id = c.id))"""

OCCUPANCIES = f"""
CASE WHEN NOT {HAS_UNIT} THEN 'nights_elsewhere'
  WHEN c.live = 0 THEN NULL
  WHEN {OVERLAPS} THEN 'nights_overlap'
  WHEN c.main_id IS NOT NULL THEN CASE WHEN NOT {FOLLOWS} THEN 'part_differs' END
  WHEN NOT ({HAS_OWNER}) THEN 'nights_without_owner'
  WHEN NOT {IS_FOLLOWED} THEN 'part_missing' END"""

# What {{where}} says of the occupancy that belongs to the row.
NIGHTS = """
EXISTS (SELECT 1 FROM occupancies AS o WHERE o.tenant_id = c.tenant_id AND o.id = c.occupancy_id AND {where})"""
OF_BOOKING = NIGHTS.format(where="o.live = 1 AND o.kind = 'booking' AND o.ref_id = c.id")
# A part of a stay ends where the next begins.
FIRST_ENDS = "coalesce(c.later_parts ->> '$[0].start', c.check_out)"
NIGHTS_SOLD = NIGHTS.format(where=f"o.unit_id = c.unit_id AND o.start_date = c.check_in AND o.end_date = {FIRST_ENDS}")
# Who left early or did not come gave nights back, perhaps all.
NIGHTS_LEFT = NIGHTS.format(
    where=f"(o.live = 0 OR (o.unit_id = c.unit_id AND o.start_date = c.check_in AND o.end_date <= {FIRST_ENDS}))"
)
LATER_MISSING = """
(c.later_parts <> '[]' AND EXISTS (
  SELECT 1 FROM json_each(c.later_parts) AS part WHERE NOT EXISTS (
    SELECT 1 FROM occupancies AS o
    WHERE o.tenant_id = c.tenant_id AND o.id = part.value ->> 'occupancy_id' AND o.live = 1 AND o.kind = 'booking'
      AND o.ref_id = c.id AND o.unit_id = part.value ->> 'unit_id' AND o.start_date = part.value ->> 'start'
      AND o.end_date = coalesce(c.later_parts ->> ('$[' || (part.key + 1) || '].start'), c.check_out))))"""
BOOKINGS = f"""
CASE WHEN NOT {HAS_UNIT} THEN 'booking_elsewhere'
  WHEN c.status IN ('pending', 'confirmed', 'checked_in') THEN
    CASE WHEN NOT {OF_BOOKING} THEN 'booking_without_nights'
      WHEN NOT {NIGHTS_SOLD} OR {LATER_MISSING} THEN 'booking_nights_differ' END
  WHEN c.status IN ('checked_out', 'no_show') AND NOT {NIGHTS_LEFT} THEN 'booking_nights_differ' END"""

OF_LEASE = NIGHTS.format(
    where="""o.live = 1 AND o.kind = 'lease' AND o.ref_id = c.id AND o.unit_id = c.unit_id
  AND o.start_date = c.start_date AND o.end_date = coalesce(c.end_date, '9999-12-31')"""
)
LEASES = f"""
CASE WHEN NOT {HAS_UNIT} THEN 'lease_elsewhere'
  WHEN c.status IN ('active', 'terminated') AND c.start_date IS NOT c.end_date AND NOT {OF_LEASE}
  THEN 'lease_without_nights' END"""

OF_BLOCK = NIGHTS.format(where="o.ref_id = c.id AND o.kind = c.kind AND o.unit_id = c.unit_id")
BLOCKS = f"""
CASE WHEN NOT {HAS_UNIT} THEN 'block_elsewhere' WHEN NOT {OF_BLOCK} THEN 'block_without_nights' END"""

# What somebody kept has the nights that it had, whatever the channel says.
OF_FEED_EVENT = NIGHTS.format(
    where="""o.live = 1 AND o.kind = 'ical'
  AND (c.word IS 'keep' OR (o.start_date = c.start_date AND o.end_date = c.end_date))"""
)
WAITS = """
EXISTS (
  SELECT 1 FROM waiting_stays AS w WHERE w.tenant_id = c.tenant_id AND w.id = c.occupancy_id
    AND (w.start_date, w.end_date) = (c.start_date, c.end_date))"""
# Who deleted a feed was told that its entries get no more nights; what is over is closed by the next run.
FEED_EVENTS = f"""
CASE WHEN c.state = 'imported' AND NOT {OF_FEED_EVENT} THEN 'feed_event_without_nights'
  WHEN c.state IN ('conflict', 'waiting') AND NOT {WAITS} AND EXISTS (
    SELECT 1 FROM feeds AS f WHERE f.tenant_id = c.tenant_id AND f.id = c.feed_id AND f.deleted_at IS NULL)
  THEN 'feed_event_not_waiting' END"""

# A night that a stay wants is taken on its unit, or on every part of it. A night is looked for where
# something ends, and at the begin.
OPEN_NIGHT = """
EXISTS (
  WITH placed AS (
    SELECT part_id AS unit_id FROM unit_parts WHERE tenant_id = c.tenant_id AND combined_id = c.unit_id UNION ALL
    SELECT c.unit_id WHERE NOT EXISTS (
      SELECT 1 FROM unit_parts WHERE tenant_id = c.tenant_id AND combined_id = c.unit_id)
  )
  SELECT 1 FROM (
    SELECT placed.unit_id, c.start_date AS at FROM placed UNION
    SELECT placed.unit_id, o.end_date FROM placed
    CROSS JOIN occupancies AS o ON o.unit_id = placed.unit_id AND o.live = 1 AND o.start_date < c.end_date
      AND o.end_date > c.start_date AND o.end_date < c.end_date
  ) AS night
  WHERE NOT coalesce((
    SELECT o.end_date FROM occupancies AS o
    WHERE o.unit_id = night.unit_id AND o.live = 1 AND o.start_date <= night.at
    ORDER BY o.start_date DESC LIMIT 1), '') > night.at)"""
WAITING_STAYS = f"""
CASE WHEN {OPEN_NIGHT} THEN 'night_of_a_stay_open' WHEN c.importing THEN 'stay_left_in_an_import' END"""
