-- What was resolved long ago is removed, oldest first.
CREATE INDEX integrity_findings_resolved ON integrity_findings (resolved_at) WHERE resolved_at IS NOT NULL;
