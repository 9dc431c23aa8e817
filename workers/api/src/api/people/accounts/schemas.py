"""What sign-up, log-in and the care of one's own account accept."""

from api.edge.schemas import Email, Identifier, Input, Line
from api.people.identity.schemas import AnyPassword, Password


class Signup(Input):
    email: Email
    password: Password
    name: Line
    tenant_name: Line


class Login(Input):
    """`tenant_id` chooses among several organisations; otherwise it is the first that one joined."""

    email: Email
    password: AnyPassword
    tenant_id: Identifier | None = None


class PasswordChange(Input):
    current_password: AnyPassword
    new_password: Password


class Profile(Input):
    name: Line


class TenantChoice(Input):
    tenant_id: Identifier
