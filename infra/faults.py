"""What Workers say of a secret when they start, for the scripts here."""

import sys

from infra.tools import ROOT

sys.path.append(str(ROOT / "shared" / "src"))
from propflow.secret_faults import fault

__all__ = ["fault"]
