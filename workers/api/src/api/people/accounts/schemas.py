"""What sign-up, log-in and the care of one's own account accept."""

from typing import Annotated

from pydantic import StringConstraints

from api.edge.schemas import Email, Identifier, Input, Line

Password = Annotated[str, StringConstraints(min_length=8, max_length=256)]
AnyPassword = Annotated[str, StringConstraints(min_length=1, max_length=256)]  # one that is only compared


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
