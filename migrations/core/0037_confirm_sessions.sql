-- When the person of a session last repeated the password in it; null is when they signed in.
ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER;
