"""What the care of members accepts."""

from typing import Literal

from api.edge.schemas import Input
from api.people.memberships.schemas import Restriction


class MemberChange(Input):
    """What is left out stays as it is. `property_ids` null lifts the restriction."""

    role: Literal["owner", "admin", "manager", "member"] | None = None
    property_ids: Restriction | None = None
