-- The unit that somebody moved a channel's stay to, where it lives from then on; null: that of its feed.
ALTER TABLE feed_events ADD COLUMN moved_to TEXT;
CREATE INDEX feed_events_moved ON feed_events (tenant_id, feed_id, moved_to) WHERE moved_to IS NOT NULL;
