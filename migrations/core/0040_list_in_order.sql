-- Each filter of a list is served by an index in the order in which the list comes, so that a page costs what it shows.
-- Rows are their primary key's, so every index ends with the id: `bookings_by_update` and `units_by_update` serve as well.

CREATE INDEX bookings_by_status ON bookings (tenant_id, status, check_in);
CREATE INDEX units_by_status ON units (tenant_id, status) WHERE status <> 'active'; -- most are
CREATE INDEX properties_by_update ON properties (tenant_id, updated_at);
