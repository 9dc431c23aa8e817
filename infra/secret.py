"""Set a secret in every Worker of an environment that reads it, so that they cannot differ.

    python -m infra.secret stg JWT_SIGNING_KEY    asks for the value, or reads what is piped in

Wrangler creates a Worker that was never deployed, empty, to hold its secrets.
"""

import argparse
import getpass
import sys

from infra.faults import fault
from infra.manifest import Manifest, load
from infra.tools import WORKERS, WRANGLER, Refused, Runner, account, report


def readers(manifest: Manifest, env: str, name: str) -> list[str]:
    """The Workers that read a secret."""
    if env not in manifest.real_environments():
        raise Refused(f"say which environment: make secret ENV={'|'.join(manifest.real_environments())} NAME=…")
    if name not in manifest.secrets:
        raise Refused(f"say which secret: make secret ENV={env} NAME={'|'.join(manifest.secrets)}")
    return [worker for worker in manifest.workers if worker in manifest.secrets[name].workers]


def put(manifest: Manifest, env: str, name: str, value: str, runner: Runner) -> None:
    """Set it. The value goes through standard input, so that no list of processes and no history shows it."""
    workers = readers(manifest, env, name)
    if not value:
        raise Refused(f"{name} would be empty: give its value on standard input.")
    if value in manifest.local.secrets.values():
        raise Refused(f"{name} would be a value of a developer's machine, which everybody can read.")
    if why := fault(name, value):
        raise Refused(f"{name} {why}.")
    for worker in workers:
        runner.run([WRANGLER, "secret", "put", name, "-e", env], WORKERS / worker, value)


def ask(name: str) -> str:
    """The value as it is typed, unseen, or piped; without the end of its line."""
    return getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().rstrip("\n")


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env")
    parser.add_argument("name")
    options = parser.parse_args(arguments)
    try:
        manifest = load()
        readers(manifest, options.env, options.name)
        account()
        put(manifest, options.env, options.name, ask(options.name), Runner())
    except Refused as error:
        return report([str(error)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
