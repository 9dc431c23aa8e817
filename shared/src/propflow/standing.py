"""What the installation does for a tenant: conditions in SQL about a row of `tenants` called `t`.

Cost needs a proven identity. Whoever signs up has shown nothing yet: they manage units, and we read calendars for
them. We write to people who are not theirs once an owner has shown that an address is theirs or somebody pays, and by
SMS once both are so. Of whoever is suspended nothing acts.
"""

ACTS = "t.suspended_at IS NULL"
READS = f"({ACTS} OR t.suspended_reads = 1)"  # its people may see what is theirs

# Of a test space the owners and the plan of its live tenant count.
VERIFIED = """EXISTS (
  SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
  WHERE m.tenant_id = coalesce(t.live_id, t.id) AND m.role = 'owner' AND u.email_verified_at IS NOT NULL
    AND u.disabled_at IS NULL)"""

# A trial is a promise: nobody has paid yet.
PAYS = "(t.plan <> 'free' AND t.subscription_status IN ('active', 'past_due'))"

WRITES_TO_OUTSIDERS = f"({ACTS} AND ({PAYS} OR {VERIFIED}))"
SENDS_SMS = f"({ACTS} AND {PAYS} AND {VERIFIED})"
