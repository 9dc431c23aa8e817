#!/bin/sh
# Runs a program that only this run ends: a Ctrl-C or a stop that reaches the whole group passes it by, for we stop it in
# our own order, and where the kernel can (Linux) it dies with us, SIGKILL included.
trap '' INT TERM
if setpriv --pdeathsig KILL true 2>/dev/null; then exec setpriv --pdeathsig KILL "$@"; fi
exec "$@"
