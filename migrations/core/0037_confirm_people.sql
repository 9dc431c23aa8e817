-- When the person of a session last repeated the password in it; null is when they signed in.
ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER;

-- Somebody who may see such addresses no more could see this one: until it is rotated they may know it.
ALTER TABLE calendar_exports ADD COLUMN known_to_former INTEGER NOT NULL DEFAULT 0 CHECK (known_to_former IN (0, 1));

-- When the password was last changed or reset; null is never. A known device is one of the password it signed in with.
ALTER TABLE users ADD COLUMN password_changed_at INTEGER;
