"""SQL that all deliveries share: how one is taken, and what is left of budgets.

Nobody else touches a delivery before its `lease_until`: the end of its claim while it is `sending`, of the pause before
the next attempt while it is `pending` or `unknown`.
"""

from collections.abc import Sequence

from notify.delivery.budgets import Budget
from propflow.json_text import json_text
from propflow.metering import Meter

# What a message takes of the plan. An SMS has one part, which the composer of letters to guests sees to.
METERS: dict[str, Meter] = {"email": "messages", "sms": "sms"}

UNSPENT = """NOT EXISTS (SELECT 1 FROM json_each({budgets}) AS one
  LEFT JOIN message_budgets AS b ON b.ends_at = one.value ->> 1 AND b.key = one.value ->> 0
  WHERE coalesce(b.used, 0) >= one.value ->> 2)"""

SPENT = """
SELECT b.key, b.used FROM json_each(?1) AS one
CROSS JOIN message_budgets AS b ON b.ends_at = one.value ->> 1 AND b.key = one.value ->> 0"""

# A row that was left `sending` when its claim ended may have been sent: it comes back as `unknown`. The provider may
# have it since `tried_at`; where that is null, the row has not had its turn.
RETAKE = """
ON CONFLICT (tenant_id, id) DO UPDATE SET
  status = CASE status WHEN 'pending' THEN 'sending' ELSE 'unknown' END,
  tried_at = CASE WHEN tried_at IS NULL THEN excluded.tried_at WHEN status = 'pending' THEN ?5 ELSE tried_at END,
  metered = coalesce(metered, excluded.metered),
  attempts = attempts + 1, lease_until = excluded.lease_until, updated_at = excluded.updated_at
WHERE status IN ('pending', 'sending', 'unknown') AND lease_until <= ?5
RETURNING id, channel, status, attempts, lease_until, metered, created_at, tried_at"""

INSERT = """
INSERT INTO deliveries (tenant_id, id, outbox_id, object_id, channel, template, status, attempts, lease_until, metered,
  tried_at, created_at, updated_at)"""


def encoded(budgets: Sequence[Budget]) -> str:
    """Budgets as statements take them."""
    return json_text([[one.key, one.ends_at, one.most] for one in budgets])
