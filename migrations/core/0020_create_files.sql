-- What lies in R2: pictures (`med_…`, R2_MEDIA) and documents (`doc_…`, R2_DOCS). The key of the object follows from
-- tenant, kind and id; no row, no object: a row comes before its object and goes after it.
CREATE TABLE files (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL CHECK (id GLOB 'med_*' OR id GLOB 'doc_*'),
  property_id TEXT,
  unit_id TEXT,
  booking_id TEXT,
  lease_id TEXT,
  kind TEXT NOT NULL,
  title TEXT,
  position INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0),
  file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200), -- what people call it; never a part of a key
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0), -- bytes
  status TEXT NOT NULL CHECK (status IN ('pending', 'ready', 'deleted')),
  etag TEXT, -- R2's own, of what was uploaded
  created_by TEXT NOT NULL,
  upload_ends_at INTEGER NOT NULL, -- from then on no upload can be under way
  due_at INTEGER, -- when upkeep looks at it: it was never uploaded, is kept no longer, or its object is to go
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK ((property_id IS NOT NULL) + (unit_id IS NOT NULL) + (booking_id IS NOT NULL) + (lease_id IS NOT NULL) = 1),
  CHECK (id GLOB 'doc_*' OR (booking_id IS NULL AND lease_id IS NULL)),
  CHECK ((id GLOB 'med_*') = (kind IN ('photo', 'floor_plan'))),
  CHECK (status <> 'ready' OR etag IS NOT NULL),
  CHECK (status = 'ready' OR due_at IS NOT NULL),
  FOREIGN KEY (tenant_id, property_id) REFERENCES properties (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES units (tenant_id, id),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id),
  FOREIGN KEY (tenant_id, lease_id) REFERENCES leases (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_property ON files (tenant_id, property_id) WHERE property_id IS NOT NULL;
CREATE INDEX files_by_unit ON files (tenant_id, unit_id) WHERE unit_id IS NOT NULL;
CREATE INDEX files_by_booking ON files (tenant_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX files_by_lease ON files (tenant_id, lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX files_due ON files (due_at) WHERE due_at IS NOT NULL;
