-- What properties and units are called elsewhere, and which hold runs out next.

-- The name that a customer's other systems and spreadsheets have for a property or a unit. An import knows by it what is
-- there already; that it is unique keeps two imports at once from creating the same thing twice.
ALTER TABLE properties ADD COLUMN reference TEXT;
ALTER TABLE units ADD COLUMN reference TEXT;

CREATE UNIQUE INDEX properties_by_reference ON properties (tenant_id, reference) WHERE reference IS NOT NULL;
CREATE UNIQUE INDEX units_by_reference ON units (tenant_id, property_id, reference) WHERE reference IS NOT NULL;

-- A hold that runs out changes what is free although nobody writes anything.
CREATE INDEX occupancies_next_expiry ON occupancies (tenant_id, expires_at) WHERE live = 1 AND kind = 'hold';
