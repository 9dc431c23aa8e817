"""The page that links in mails lead to. It runs its own script and style and nothing else."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


@cache
def html() -> str:
    """The page."""
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


@cache
def headers() -> dict[str, str]:
    """Its Content-Security-Policy names the script and the style by their hashes."""
    policy = dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'")
    policy |= {"connect-src": "'self'", **{f"{tag}-src": _hash(text) for tag, text in _INLINE.findall(html())}}
    joined = "; ".join(f"{name} {value}" for name, value in policy.items())
    return {"Content-Security-Policy": joined, "Cache-Control": "public, max-age=300"}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
