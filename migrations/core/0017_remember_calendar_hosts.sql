-- How often each calendar host was asked in the running minute, and until when it wants to be left alone. Hosts serve many
-- tenants and know only one reader, so this is nobody's: it holds names of hosts and no address.
CREATE TABLE calendar_hosts (
  host TEXT PRIMARY KEY,
  minute INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  held_until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
