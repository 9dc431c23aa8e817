-- How people come in: links in mails, invitations, and the way back from Google.

-- A link in a mail. The token is derived from `id` with the signing key `key_id`, so that the notify Worker can write
-- the link and the database alone opens nothing; only its SHA-256 is stored.
CREATE TABLE one_time_tokens (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
  user_id TEXT NOT NULL REFERENCES users (id),
  email TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_email ON one_time_tokens (email, purpose, created_at);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- `revision` counts the sendings: each has a token of its own, and only the last one opens.
CREATE TABLE invitations (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  email TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'manager', 'member')),
  property_ids TEXT CHECK (property_ids IS NULL OR json_valid(property_ids)),
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'revoked')),
  revision INTEGER NOT NULL DEFAULT 1,
  token_hash TEXT NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  invited_by TEXT NOT NULL,
  accepted_by TEXT,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (property_ids IS NULL OR role IN ('manager', 'member'))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX invitations_pending ON invitations (tenant_id, email) WHERE status = 'pending';
CREATE INDEX invitations_by_expiry ON invitations (expires_at) WHERE status = 'pending';
CREATE INDEX invitations_closed ON invitations (updated_at) WHERE status <> 'pending';

-- A sign-in with Google that is under way: what must come back unchanged, once.
CREATE TABLE google_sign_ins (
  state_hash TEXT PRIMARY KEY,
  nonce TEXT NOT NULL,
  verifier_sealed TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX google_sign_ins_by_expiry ON google_sign_ins (expires_at);
