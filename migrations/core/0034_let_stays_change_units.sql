-- A stay may change its unit on some day: `unit_id`, `occupancy_id` and `check_in` are those of its first part, and
-- `later_parts` lists the others in their order, each with its unit, its occupancy and its first night (`start`). A part
-- ends where the next begins, the last at `check_out`.
ALTER TABLE bookings ADD COLUMN later_parts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(later_parts));

-- Few stays have several parts: who asks for the bookings of a unit looks at all of them.
CREATE INDEX bookings_in_parts ON bookings (tenant_id, id) WHERE later_parts <> '[]';
