"""What random tests begin with."""

from __future__ import annotations

import os
import secrets

# Developers look for what nobody has found yet; a build that fails must fail again, and only for what it changed.
SEED = int(os.environ.get("SEED", 1 if os.environ.get("CI") else secrets.randbelow(2**32)))
"""SEED of the environment repeats a run."""
