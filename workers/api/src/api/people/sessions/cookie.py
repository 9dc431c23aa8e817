"""The session as a cookie. `__Host-` keeps other hosts, subdomains too, from setting it.

https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix
"""

from api.access.credentials import COOKIE

ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
ENDED = f"{COOKIE}=; Max-Age=0; {ATTRIBUTES}"


def carrying(token: str, life_ms: int, name: str = COOKIE) -> str:
    """The Set-Cookie header of a session, or of another token, that ends in so many milliseconds."""
    return f"{name}={token}; Max-Age={life_ms // 1000}; {ATTRIBUTES}"
