-- The time of a test space, moved by hand.

-- Null is the real time. It counts for what the tenant's data means (stays, holds, rent, feeds), never for who may come
-- in, how often, or when a message is sent again.
ALTER TABLE tenants ADD COLUMN clock_at INTEGER CHECK (clock_at IS NULL OR mode = 'test');
