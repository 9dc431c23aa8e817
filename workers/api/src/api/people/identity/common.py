"""Passwords that everybody tries first.

The list is Django's (BSD-3-Clause; Royce Williams' 20,000 most leaked ones), those of eight and more characters,
NFKC and case-folded. https://github.com/django/django/blob/main/django/contrib/auth/common-passwords.txt.gz
"""

import unicodedata
from functools import cache
from pathlib import Path

from api.people.identity.errors import password_too_common

PRODUCT = frozenset({"propflow", "propflow360", "propflow 360"})


def refuse_common(password: str, email: str, param: str = "password") -> None:
    """Raises Unprocessable for a password on the list, the address itself, its local part or the product's name."""
    folded = _fold(password)
    address = _fold(email)
    if folded in _known() or folded in PRODUCT or folded in (address, address.partition("@")[0]):
        raise password_too_common(param)


@cache
def _known() -> frozenset[str]:
    """Read when the first password is chosen, once per isolate."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines())


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
