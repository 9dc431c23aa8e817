"""What the installation does for a tenant: conditions in SQL about a row of `tenants` called `t`.

Cost needs a proven identity. Whoever signs up has shown nothing yet: they manage units, and we read calendars for
them. We write to people who are not theirs once an owner has shown that an address is theirs or somebody pays, and by
SMS once both are so. Of whoever is suspended nothing acts.
"""

import msgspec

ACTS = "t.suspended_at IS NULL"
READS = f"({ACTS} OR t.suspended_reads = 1)"  # its people may see what is theirs

# Of a test space the owners and the plan of its live tenant count.
VERIFIED = """EXISTS (
  SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
  WHERE m.tenant_id = coalesce(t.live_id, t.id) AND m.role = 'owner' AND u.email_verified_at IS NOT NULL
    AND u.disabled_at IS NULL)"""

# A trial is a promise: nobody has paid yet.
PAYS = "(t.plan <> 'free' AND t.subscription_status IN ('active', 'past_due'))"

KNOWN = f"({PAYS} OR {VERIFIED})"  # they have shown who they are
PROVEN = f"({PAYS} AND {VERIFIED})"  # somebody pays, and it is known who

WRITES_TO_OUTSIDERS = f"({ACTS} AND {KNOWN})"
SENDS_SMS = f"({ACTS} AND {PROVEN})"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tenant when it wants to reach people who are not its own.

    `sms` says whether its plan includes any.
    """

    suspended: bool
    verified: bool
    pays: bool
    sms: bool

    @property
    def is_proven(self) -> bool:
        """Whether somebody pays, and it is known who."""
        return self.verified and self.pays


COLUMNS = f"""t.suspended_at IS NOT NULL AS suspended, {VERIFIED} AS verified, {PAYS} AS pays,
  coalesce(p.sms_monthly, 1) > 0 AS sms"""
"""Of `tenants` as `t` and its plan as `p`: what `Standing` holds."""

SUSPENDED = "the organisation is suspended"
UNVERIFIED = "no owner of the organisation has verified their e-mail address yet"
NOT_PAID = "SMS need a plan that is paid"
NO_SMS = "the plan includes no SMS"
TEST_SPACE = "nothing is sent from a test space"


def why_no_email(standing: Standing) -> str | None:
    """Why nothing is written to outsiders, None when they are written to: what WRITES_TO_OUTSIDERS says, in words."""
    if standing.suspended:
        return SUSPENDED
    return None if standing.pays or standing.verified else UNVERIFIED


def why_no_sms(standing: Standing) -> str | None:
    """Why no SMS are sent, None when they are: what SENDS_SMS says, in words."""
    if standing.suspended:
        return SUSPENDED
    if not standing.pays:
        return NOT_PAID
    if not standing.verified:
        return UNVERIFIED
    return None if standing.sms else NO_SMS
