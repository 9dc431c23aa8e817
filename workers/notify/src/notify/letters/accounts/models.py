"""What a mail about an account tells of, as it is when the mail's turn comes."""

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The addressee and, where there is one, the link. What a mail does not need keeps its default."""

    email: str
    name: str = ""
    disabled: bool = False
    key_id: str = ""
    token_hash: str = ""
    revision: int = 1
    expires_at: int = 0
    used: bool = False
    superseded: bool = False
    moved: bool = False
    verified: bool = False
    tenant_name: str = ""
    role: str = ""
    mode: str = "live"
    status: str = "pending"
    key_name: str = ""
    made_by: str = ""
    made_at: int = 0
    made_lately: int = 0
    allowed: bool = True
    suspended: bool = False
    proven: bool = False
    alerts: str = ""
