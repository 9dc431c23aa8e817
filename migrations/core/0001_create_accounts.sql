-- Who uses the product: tenants, people, their memberships, sessions and keys.

-- A test space is a tenant of its own, so it shares no data with its live tenant: everything that keeps tenants apart
-- keeps it apart. `plan` and `subscription_status` follow the current row of `subscriptions` by trigger.
CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'test')),
  live_id TEXT REFERENCES tenants (id),
  plan TEXT NOT NULL DEFAULT 'free',
  subscription_status TEXT NOT NULL DEFAULT 'active',
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((mode = 'test') = (live_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tenants_test_space ON tenants (live_id) WHERE live_id IS NOT NULL;

-- One person per *verified* address, in small letters. Whoever has not shown that an address is theirs cannot reserve it,
-- and sign-up need not tell whether an address is known.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  email_verified_at INTEGER,
  name TEXT NOT NULL,
  password_hash TEXT,
  google_sub TEXT,
  disabled_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_email ON users (email, created_at);
CREATE UNIQUE INDEX users_by_verified_email ON users (email) WHERE email_verified_at IS NOT NULL;
CREATE UNIQUE INDEX users_by_google_sub ON users (google_sub) WHERE google_sub IS NOT NULL;

-- `property_ids` is null, or the JSON list of the only properties that this member sees.
CREATE TABLE memberships (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member')),
  property_ids TEXT CHECK (property_ids IS NULL OR json_valid(property_ids)),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  CHECK (property_ids IS NULL OR role IN ('manager', 'member'))
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_user ON memberships (user_id);
CREATE INDEX memberships_owners ON memberships (tenant_id) WHERE role = 'owner';

-- A tenant is never left without an owner who can sign in, whatever happens at the same time.
CREATE TRIGGER memberships_last_owner_stays BEFORE DELETE ON memberships WHEN OLD.role = 'owner' BEGIN
  SELECT RAISE(ABORT, 'last_owner') WHERE NOT EXISTS (
    SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.tenant_id = OLD.tenant_id AND m.role = 'owner' AND m.user_id <> OLD.user_id AND u.disabled_at IS NULL
  );
END;

CREATE TRIGGER memberships_last_owner_keeps_role BEFORE UPDATE OF role ON memberships
WHEN OLD.role = 'owner' AND NEW.role <> 'owner' BEGIN
  SELECT RAISE(ABORT, 'last_owner') WHERE NOT EXISTS (
    SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.tenant_id = OLD.tenant_id AND m.role = 'owner' AND m.user_id <> OLD.user_id AND u.disabled_at IS NULL
  );
END;

-- Only the SHA-256 of a session token is stored; `id` is what its owner sees. `expires_at` is the end whatever is done;
-- a session also ends when it was not used for a while after `last_seen_at`.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id, tenant_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_use ON sessions (last_seen_at);

-- Keys for programs. Only the SHA-256 is stored; `hint` is the end of the key, for people to recognise it by.
CREATE TABLE api_keys (
  key_hash TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  networks TEXT CHECK (networks IS NULL OR json_valid(networks)),
  created_by TEXT NOT NULL,
  replaces_id TEXT,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  last_ip TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX api_keys_by_id ON api_keys (tenant_id, id);

-- What still opens something is found without what has ended: a tenant collects dead keys for ever.
CREATE INDEX api_keys_live ON api_keys (tenant_id, coalesce(expires_at, 9007199254740991)) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_replaced ON api_keys (tenant_id, replaces_id)
WHERE replaces_id IS NOT NULL AND revoked_at IS NULL;
