"""Starts the stand-in for the outside services: `python tests/support/standin.py --port 8788 [--state FILE]`.

It speaks the parts of Resend, ClickSend, Google and a calendar host that the product uses, can be told to fail, and
shows on its front page what it received. Nothing leaves the machine. It runs until SIGTERM or Ctrl-C.
"""

import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a script, Python puts this folder on the path; the package `support` is one level up.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    # Until it listens, Ctrl-C ends it without a traceback; who started it with signals ignored ends it in another way.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from support.standins.app import main

    sys.exit(main())
