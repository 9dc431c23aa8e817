-- What can be occupied. Tenant-owned tables are clustered by (tenant_id, id): one b-tree, the tenant always first.

CREATE TABLE properties (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  address TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(address)),
  charges TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(charges)),
  cancellation_policy TEXT CHECK (cancellation_policy IS NULL OR json_valid(cancellation_policy)),
  check_in_time TEXT,
  check_out_time TEXT,
  house_rules TEXT,
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  custom_fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(custom_fields)),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE units (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  property_id TEXT NOT NULL,
  name TEXT NOT NULL,
  max_guests INTEGER NOT NULL CHECK (max_guests > 0),
  nightly_amount INTEGER NOT NULL CHECK (nightly_amount >= 0),
  type TEXT NOT NULL DEFAULT 'other',
  beds TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(beds)),
  bedrooms INTEGER,
  bathrooms INTEGER,
  amenities TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(amenities)),
  tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  custom_fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(custom_fields)),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'archived')),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, property_id) REFERENCES properties (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX units_by_property ON units (tenant_id, property_id);
CREATE INDEX units_by_update ON units (tenant_id, updated_at);

-- What is archived has nothing in it that is not: neither a new unit nor one that returns can slip in meanwhile.
CREATE TRIGGER units_need_active_property BEFORE INSERT ON units WHEN NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'property_not_active')
  WHERE (SELECT status FROM properties WHERE tenant_id = NEW.tenant_id AND id = NEW.property_id) = 'archived';
END;

CREATE TRIGGER units_return_to_active_property BEFORE UPDATE OF status ON units WHEN NEW.status <> 'archived' BEGIN
  SELECT RAISE(ABORT, 'property_not_active')
  WHERE (SELECT status FROM properties WHERE tenant_id = NEW.tenant_id AND id = NEW.property_id) = 'archived';
END;

CREATE TRIGGER properties_outlive_units BEFORE UPDATE OF status ON properties WHEN NEW.status = 'archived' BEGIN
  SELECT RAISE(ABORT, 'property_in_use') WHERE EXISTS (
    SELECT 1 FROM units WHERE tenant_id = NEW.tenant_id AND property_id = NEW.id AND status <> 'archived');
END;
