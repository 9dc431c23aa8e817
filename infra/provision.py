"""Create the databases, namespaces, buckets and queues of an environment, and record their ids.

    python -m infra.provision stg            what exists is left as it is, so it can be run again
    python -m infra.provision stg --dry-run  print every command; nothing is run, no account is needed

Wrangler runs at the root, where it finds no configuration: the account of a rendered one is not known yet.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable

from infra import identities, render
from infra.manifest import Manifest, load
from infra.tools import WRANGLER, Refused, Runner, account, report


def databases(manifest: Manifest, env: str) -> dict[str, str]:
    """The names of the D1 databases by binding."""
    return {binding: manifest.resource(entry.name, env) for binding, entry in manifest.d1.items()}


def namespaces(manifest: Manifest, env: str) -> dict[str, str]:
    """The names of the KV namespaces by binding."""
    return {binding: manifest.resource(entry.name, env) for binding, entry in manifest.kv.items()}


def buckets(manifest: Manifest, env: str) -> list[str]:
    """The names of the R2 buckets."""
    return [manifest.resource(entry.name, env) for entry in manifest.r2.values()]


def queues(manifest: Manifest, env: str) -> list[str]:
    """The names of the queues, each after its dead letters, which must exist first."""
    names = [queue.name for queue in manifest.queues.names.values()]
    return [text for name in names for text in (manifest.dead_letters(name, env), manifest.resource(name, env))]


def provision(manifest: Manifest, env: str, runner: Runner) -> None:
    """Create what is missing. Ids are recorded as soon as they are known, so that a run that breaks loses none."""
    if env not in manifest.real_environments():
        raise Refused(f"say which environment: make provision ENV={'|'.join(manifest.real_environments())}")
    ids = identities.read(env)
    if not runner.dry_run:
        current = account()
        if ids.account not in (identities.NO_ACCOUNT, current):
            raise Refused(f"infra/ids/{env}.json was recorded for account {ids.account}, but this is {current}.")
        ids.account = current
    location = manifest.project.location
    for binding, name in databases(manifest, env).items():
        ids.d1[binding] = known_or_new(
            runner, name, ["d1", "create", name, "--location", location], find_database, ids.d1.get(binding)
        )
        save(env, ids, runner)
    for binding, name in namespaces(manifest, env).items():
        ids.kv[binding] = known_or_new(
            runner, name, ["kv", "namespace", "create", name], find_namespace, ids.kv.get(binding)
        )
        save(env, ids, runner)
    for name in buckets(manifest, env):
        create_named(runner, bucket, name, ["r2", "bucket", "create", name, "--location", location])
    for name in queues(manifest, env):
        create_named(runner, queue, name, ["queues", "create", name])


def known_or_new(
    runner: Runner, name: str, create: list[str], find: Callable[[Runner, str], str | None], recorded: str | None
) -> str:
    """The id of a resource, which is created when the account has none of that name."""
    if runner.dry_run:
        runner.run([WRANGLER, *create])
        return recorded or ""
    found = find(runner, name)
    if found is None:
        runner.run([WRANGLER, *create])
        found = find(runner, name)
    if found is None:
        raise Refused(f"{name} was created but the account does not list it; run this again in a minute.")
    print(f"{name}: {found}")
    return found


def create_named(runner: Runner, exists: Callable[[Runner, str], bool], name: str, create: list[str]) -> None:
    """Create something that is known by its name alone."""
    if runner.dry_run or not exists(runner, name):
        runner.run([WRANGLER, *create])
    else:
        print(f"{name}: exists")


def find_database(runner: Runner, name: str) -> str | None:
    """The id of a D1 database."""
    listed = json.loads(runner.read([WRANGLER, "d1", "list", "--json"]))
    return next((str(entry["uuid"]) for entry in listed if entry["name"] == name), None)


def find_namespace(runner: Runner, name: str) -> str | None:
    """The id of a KV namespace."""
    listed = json.loads(runner.read([WRANGLER, "kv", "namespace", "list"]))
    return next((str(entry["id"]) for entry in listed if entry["title"] == name), None)


def bucket(runner: Runner, name: str) -> bool:
    """Is there an R2 bucket of this name? The list is the only reading that needs no permission for analytics."""
    listed = runner.read([WRANGLER, "r2", "bucket", "list"])
    return re.search(rf"^name:\s+{re.escape(name)}\s*$", listed, re.MULTILINE) is not None


def queue(runner: Runner, name: str) -> bool:
    """Is there a queue of this name?"""
    try:
        runner.read([WRANGLER, "queues", "info", name])
    except Refused as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def save(env: str, ids: identities.Ids, runner: Runner) -> None:
    """Record the ids, unless nothing was really done."""
    if not runner.dry_run:
        identities.write(env, ids)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env", nargs="?", default="")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    options = parser.parse_args(arguments)
    try:
        provision(load(), options.env, Runner(dry_run=options.dry_run))
    except Refused as error:
        return report([str(error)])
    if options.dry_run:
        return 0
    print("Recorded the ids. Commit infra/ids and the wrangler.jsonc files.")
    return render.main([])


if __name__ == "__main__":
    sys.exit(main())
