"""SQL by which the one delivery of a mail is taken, which is not counted against the plan."""

from collections.abc import Sequence

from notify.delivery.budgets import Budget
from notify.delivery.decisions import CLAIM_LIFE
from notify.delivery.repository import INSERT, RETAKE, SPENT, UNSPENT, encoded
from propflow.bindings.d1 import Statement, sql
from propflow.messages import Notification

# A mail whose row was taken back in its own batch, because the address had got enough of them, is sent to nobody.
_CLAIM = f"""{INSERT}
SELECT ?1, ?3 || ':email', ?3, ?2, 'email', ?4, 'sending', 1, ?6, NULL, {{tried_at}}, ?5, ?5
WHERE EXISTS (SELECT 1 FROM outbox WHERE tenant_id = ?1 AND id = ?3){RETAKE}"""
CLAIM = _CLAIM.format(tried_at="?5")

# Behind TAKE: a mail for which nothing was taken has not had its turn.
CLAIM_WITH_SHARE = _CLAIM.format(tried_at="CASE WHEN changes() > 0 THEN ?5 END")

# All of the budgets or none, and once for each mail.
TAKE = f"""
INSERT INTO message_budgets (ends_at, key, used)
SELECT value ->> 1, value ->> 0, 1 FROM json_each(?3)
WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE tenant_id = ?1 AND id = ?2 AND
  (tried_at IS NOT NULL OR status NOT IN ('pending', 'sending', 'unknown') OR lease_until > ?4))
AND {UNSPENT.format(budgets="?3")}
ON CONFLICT (ends_at, key) DO UPDATE SET used = used + 1"""


def claim(message: Notification, object_id: str, template: str, now: int) -> Statement:
    """Take the delivery, unless somebody works on it. Returns `Claim`."""
    return _claim(CLAIM, message, object_id, template, now)


def claim_with_share(
    message: Notification, object_id: str, template: str, budgets: Sequence[Budget], now: int
) -> list[Statement]:  # fmt: skip
    """The same, with what the mail takes: `tried_at` of the `Claim` stays null where one of the budgets is gone."""
    take = sql(TAKE, message.tenant_id, f"{message.outbox_id}:email", encoded(budgets), now)
    return [take, _claim(CLAIM_WITH_SHARE, message, object_id, template, now)]


def spent(budgets: Sequence[Budget]) -> Statement:
    """How much of these is gone, as `Used`."""
    return sql(SPENT, encoded(budgets))


def _claim(statement: str, message: Notification, object_id: str, template: str, now: int) -> Statement:
    return sql(statement, message.tenant_id, object_id, message.outbox_id, template, now, now + CLAIM_LIFE)
