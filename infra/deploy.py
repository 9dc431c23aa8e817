"""Migrate and deploy an environment.

    python -m infra.deploy stg             needs CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID
    python -m infra.deploy stg --first     the first time: Workers that call each other are deployed in two steps
    python -m infra.deploy stg --worker notify    that Worker alone, after the migrations that its code may need
    python -m infra.deploy stg --dry-run   print every command; nothing is run, no account is needed
    CONFIRM=propflow360-prod python -m infra.deploy prod

The order: packages, trimmed to what a Worker runs, core migrations, audit migrations, then the Workers as the manifest
orders them, callees before callers, the api Worker last. So a request never meets code that is newer than the schema,
nor a call to a Worker that does not know it yet; migrations must therefore suit the code that still runs. The last
command gives this machine back the packages of the local runtime, which pywrangler replaced; it runs when another one
failed, too.

Two Workers that call each other (api ⇄ calsync) cannot both come first, and Cloudflare refuses a binding to an
entrypoint that is not there. So the first deploy of an environment takes a Worker with a binding in `first_without`
without it (`wrangler.first.jsonc`), and again, whole, when all others are there. Later the entrypoints are there, and a
new method that is not yet is a call that fails and is repeated: jobs of a queue are.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

from infra import checks, identities, render, usage
from infra.manifest import Manifest, load
from infra.tools import ROOT, WORKERS, WRANGLER, Refused, Runner, account, report

Command = tuple[list[str], Path]
TRIM: Command = (["python", "infra/vendor.py", "--trim"], ROOT)
RESTORE: Command = (["python", "infra/vendor.py"], ROOT)


def commands(manifest: Manifest, env: str, first: bool = False, only: str = "") -> list[Command]:
    """What a deploy of all Workers, or of `only` one, runs, in order, each with its folder; RESTORE comes after it."""
    workers = [name for name in manifest.workers if only in ("", name)]
    sync = [(["pywrangler", "sync", "--force"], WORKERS / name) for name in workers]
    migrate = [
        ([WRANGLER, "d1", "migrations", "apply", binding, "--remote", "-e", env], WORKERS / database.owner)
        for binding, database in manifest.d1.items()
    ]
    begun = {name for name, worker in manifest.workers.items() if first and worker.first_without}
    upload = [
        ([WRANGLER, "deploy", "-e", env, *(["-c", render.FIRST] if name in begun else [])], WORKERS / name)
        for name in workers
    ]
    whole = [([WRANGLER, "deploy", "-e", env], WORKERS / name) for name in manifest.workers if name in begun]
    return [*sync, TRIM, *migrate, *upload, *whole]


def refuse_unknown(manifest: Manifest, env: str) -> None:
    """A deploy names its environment, and never the local one."""
    if env not in manifest.real_environments():
        raise Refused(f"say which environment: make deploy ENV={'|'.join(manifest.real_environments())}")


def refuse_alone(manifest: Manifest, worker: str, first: bool) -> None:
    """One Worker is one that there is, and the others are there."""
    if worker not in ("", *manifest.workers):
        raise Refused(f"there is no Worker {worker}: WORKER={'|'.join(manifest.workers)}")
    if worker and first:
        raise Refused("a first deploy takes all Workers: they call each other")


def refuse_unconfirmed(manifest: Manifest, env: str, confirmed: str) -> None:
    """Some environments ask to be named twice."""
    wanted = manifest.environments[env].confirm
    if wanted and confirmed != wanted:
        raise Refused(f"{env} is live: repeat the command with CONFIRM={wanted}")


def refuse_stale(manifest: Manifest) -> None:
    """What is deployed is what the manifest says and the code reads."""
    ids = identities.known(manifest)
    problems = [*checks.problems(manifest, ids), *usage.problems(manifest)]
    problems += render.drift(render.texts(manifest, ids))
    if problems:
        raise Refused("\n".join(problems))


def refuse_unprovisioned(manifest: Manifest, env: str, ids: identities.Ids) -> None:
    """Every id is known."""
    missing = identities.missing(manifest, ids)
    if missing:
        raise Refused(f"{env} has no id yet for {', '.join(missing)}: run `make provision ENV={env}` first.")


def refuse_foreign(env: str, ids: identities.Ids, current: str) -> None:
    """The environment belongs to the account that is logged in."""
    if current != ids.account:
        raise Refused(f"{env} lives in account {ids.account}, but you are logged in to {current}.")


def refuse_secretless(manifest: Manifest, env: str, runner: Runner) -> None:
    """Every secret that a Worker cannot do without is set."""
    unset: dict[str, list[str]] = {}
    for worker in manifest.workers:
        wanted = manifest.required_secrets(worker)
        present = secrets_of(worker, env, runner) if wanted else set()
        for name in (n for n in wanted if n not in present):
            unset.setdefault(name, []).append(worker)
    if unset:
        lines = [f"  make secret ENV={env} NAME={name}  # {', '.join(workers)}" for name, workers in unset.items()]
        raise Refused("\n".join([f"these secrets of {env} are not set:", *lines]))


def secrets_of(worker: str, env: str, runner: Runner) -> set[str]:
    """The names of the secrets that are set; none for a Worker that was never deployed."""
    try:
        listed = runner.read([WRANGLER, "secret", "list", "-e", env, "--format", "json"], WORKERS / worker)
    except Refused as error:
        if re.search(r'Worker ".*" .*not found', str(error)):
            return set()
        raise
    return {str(entry["name"]) for entry in json.loads(listed)}


def deploy(
    manifest: Manifest, env: str, runner: Runner, confirmed: str = "", first: bool = False, only: str = ""
) -> None:
    """Refuse what cannot end well before anything is changed, then run the commands."""
    refuse_unknown(manifest, env)
    refuse_alone(manifest, only, first)
    if not runner.dry_run:
        refuse_unconfirmed(manifest, env, confirmed)
        refuse_stale(manifest)
        ids = identities.read(env)
        refuse_unprovisioned(manifest, env, ids)
        refuse_foreign(env, ids, account())
        refuse_secretless(manifest, env, runner)
    try:
        for command, folder in commands(manifest, env, first, only):
            runner.run(command, folder)
    finally:
        runner.run(*RESTORE)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env", nargs="?", default="")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    parser.add_argument("--first", action="store_true", help="nothing of the environment is deployed yet")
    parser.add_argument("--worker", default="", help="deploy this one alone")
    options = parser.parse_args(arguments)
    try:
        runner = Runner(dry_run=options.dry_run)
        deploy(load(), options.env, runner, os.environ.get("CONFIRM", ""), options.first, options.worker)
    except Refused as error:
        before = (
            [str(error.__context__)] if isinstance(error.__context__, Refused) else []
        )  # then the restore failed too
        return report([*before, str(error)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
