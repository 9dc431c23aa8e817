"""Text that is stored encrypted (AES-256-GCM): `kid.base64`, so that keys can be rotated.

The context (the row's id) is bound in: a sealed text that is copied to another row does not open there.
"""

import base64
import binascii

from propflow.bindings import crypto
from propflow.keyring import Keyring, KeyringInvalid


class SealBroken(Exception):
    """The text was not sealed for this row with a key we have. The message never holds what was sealed."""


async def seal(keyring: Keyring, plain: str, context: str) -> str:
    """Encrypt with the current key, for the row whose id is `context`."""
    content = await crypto.encrypt(keyring.key(keyring.current), plain, context)
    return f"{keyring.current}.{base64.b64encode(content).decode()}"


async def open_sealed(keyring: Keyring, text: str, context: str) -> str:
    """Undo `seal`; raises SealBroken."""
    kid, dot, encoded = text.partition(".")
    try:
        content = base64.b64decode(encoded, validate=True)
        key = keyring.key(kid)
        return await crypto.decrypt(key, content, context)
    except KeyringInvalid as error:
        raise SealBroken(str(error)) from None
    except (binascii.Error, ValueError):
        raise SealBroken(f"the sealed text of {context} cannot be opened" if dot else "not a sealed text") from None
