"""Operation ids, `<resource>.<verb>`, out of method and path. Pure.

Generated clients name their functions after them, so they are frozen: docs/operations.txt lists each, and a test
compares. A new route gets its id from the rule below; only where that reads badly it gets a line in `NAMED`.
"""

VERBS = {"get": "get", "put": "replace", "patch": "update", "delete": "delete"}
NAMED = {
    ("get", "/healthz"): "health.get",
    ("post", "/v1/auth/google"): "auth.google.sign_in",
    ("get", "/v1/auth/google/callback"): "auth.google.finish",
    ("post", "/v1/auth/google/nonce"): "auth.google.create_nonce",
    ("post", "/v1/me/google"): "me.google.link",
    ("post", "/v1/me/password"): "me.change_password",
    ("post", "/v1/me/tenant"): "me.switch_tenant",
    ("post", "/v1/me/verify_email"): "me.ask_to_verify_email",
    ("post", "/v1/me/sessions/revoke_others"): "me.sessions.revoke_others",
    ("get", "/v1/message_settings"): "message_settings.get",
    ("get", "/v1/feature_flags"): "feature_flags.get",
    ("get", "/v1/media"): "media.list",
    ("post", "/v1/media"): "media.create",
    ("get", "/v1/audit_events/export"): "audit_events.export",
    ("post", "/v1/imports/properties"): "imports.properties.run",
    ("post", "/v1/imports/units"): "imports.units.run",
    ("post", "/v1/imports/bookings"): "imports.bookings.run",
    ("post", "/v1/units/{unit_id}/parts"): "units.combine",
    ("get", "/v1/units/{unit_id}/rates"): "units.rates.get",
    ("get", "/v1/units/{unit_id}/rate_rules"): "units.rate_rules.get",
    ("post", "/v1/rates/bulk"): "rates.put_many",
    ("get", "/v1/availability"): "availability.search",
    ("put", "/v1/test_clock"): "test_clock.move",
}


def operation_id(method: str, path: str) -> str:
    """`post /v1/bookings/{booking_id}/cancel` is `bookings.cancel`; an end in the plural is a list of things."""
    method = method.lower()
    if (method, path) in NAMED:
        return NAMED[method, path]
    steps = path.removeprefix("/v1").strip("/").split("/")
    words = [step for step in steps if not step.startswith("{")]
    is_list = steps[-1] == words[-1] and words[-1].endswith("s")
    if method == "post":
        return ".".join([*words, "create"] if is_list else words)
    return ".".join([*words, "list" if method == "get" and is_list else VERBS[method]])
