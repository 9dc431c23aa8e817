"""Members as the API shows them."""

import msgspec


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """`property_ids` is null for who sees all properties. Who is restricted is shown only those that they see, too."""

    user_id: str
    name: str
    email: str
    role: str
    property_ids: list[str] | None
    created_at: str
