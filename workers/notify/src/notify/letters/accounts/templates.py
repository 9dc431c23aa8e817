"""The wording of the mails about accounts.

Fields: {tenant} {role} {until} {key} {by} {at} {ended} {alerts}. Values are cleaned by composer.py before they are put
in.
"""

import msgspec

from propflow.messages import Mail


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is what the link says; `closing` what to do when the mail was not expected."""

    subject: str
    intro: str
    action: str
    closing: str


ROLES = {"admin": "an administrator", "manager": "a manager", "member": "a member"}

TEMPLATES: dict[Mail, Template] = {
    "verify_email": Template(
        subject="Confirm your email address",
        intro="please confirm that this address is yours. The link works once, until {until}.",
        action="Confirm the address",
        closing="If you did not sign up for PropFlow360, do nothing: without the link nobody can use your address.",
    ),
    "reset_password": Template(
        subject="Choose a new password",
        intro="somebody asked for a new password for your account. The link works once, until {until}.",
        action="Choose a new password",
        closing="If it was not you, do nothing: your password stays as it is.",
    ),
    "invitation": Template(
        subject="Join {tenant} on PropFlow360",
        intro="{tenant} invites you to work with them on PropFlow360 as {role}. The link works once, until {until}.",
        action="See the invitation",
        closing="If you do not know who this is, do nothing: you join only when you accept.",
    ),
    "address_known": Template(
        subject="You have an account already",
        intro="somebody tried to sign up for PropFlow360 with your address. You have an account: log in, or choose a "
        "new password if you have forgotten yours.",
        action="Go to PropFlow360",
        closing="If it was not you, do nothing: whoever it was cannot see or change anything of yours.",
    ),
    "password_changed": Template(
        subject="Your password was changed",
        intro="the password of your account was changed, and every other session was ended. If a Google account could "
        "be used to log in, it no longer can: link it again if it is yours.",
        action="Go to PropFlow360",
        closing='If it was not you, choose a new password at once, with the link "Forgot password" where you log in.',
    ),
    "google_linked": Template(
        subject="You can now log in with Google",
        intro="a Google account was linked to your account, and can be used to log in.",
        action="Go to PropFlow360",
        closing="If it was not you, unlink it, end the sessions that you do not know, and then change your password.",
    ),
    "google_unlinked": Template(
        subject="You no longer log in with Google",
        intro="the Google account that could be used to log in was unlinked from your account, and "
        "every other session was ended.",
        action="Go to PropFlow360",
        closing="If it was not you, choose a new password at once and end the sessions that you do not know.",
    ),
    "taken_over": Template(
        subject="What others made with your address has ended",
        intro="you set a password with a link that was sent to this address. Until then nobody had confirmed that the "
        "address was theirs, so what had been created in your account may not be yours. It has been removed: {ended}. "
        "Properties, units and bookings are still there.",
        action="Go to PropFlow360",
        closing="If you made these things yourself, make them again. The audit log of your organisation names those "
        "that were in it.",
    ),
    "key_made": Template(
        subject="A new API key may change things in {tenant}",
        intro='{by} made the API key "{key}" for {tenant} at {at}. Whoever has it may see and change what it was '
        "made for; the list of API keys says what that is.",
        action="See the API keys",
        closing="If you did not expect this, revoke the key at once and end any sessions that you do not recognise.",
    ),
    "operator_alerts": Template(
        subject="Something to look at",
        intro="the installation noticed something. {alerts}",
        action="Go to PropFlow360",
        closing="GET /operator/alerts lists what is open, and POST …/resolve says that it was looked at.",
    ),
}
