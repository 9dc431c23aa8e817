"""What happened while the main module was imported."""

import os
import secrets

import js
from pyodide.ffi import JsException

MAIN_IMPORTS = 0


def _attempt(work):
    try:
        work()
    except OSError as error:
        return f"OSError {error.errno}: {error.strerror}"
    except JsException as error:
        return error.message
    return "allowed"


OS_URANDOM = _attempt(lambda: os.urandom(1))
FETCH = _attempt(lambda: js.fetch("https://peer/"))
RANDOM_UUID = _attempt(lambda: js.crypto.randomUUID())
JS_OBJECT = js.Object.new()  # which a deploy would refuse
SECRETS = _attempt(lambda: secrets.token_hex(1))
