"""What must hold of the manifest whatever the code does. Each problem is one sentence that says what to change."""

from collections import Counter

from infra import configuration
from infra.faults import fault
from infra.identities import Ids
from infra.manifest import Manifest
from infra.separation import separation

MOST_CRONS = 5  # of an account on the free plan


def problems(manifest: Manifest, ids: dict[str, Ids]) -> list[str]:
    """Everything that is wrong with the manifest by itself."""
    found = [*declarations(manifest), *crons(manifest), *services(manifest), *classes(manifest), *secrets(manifest)]
    if found:
        return found  # what follows renders, which needs these to hold
    for env in manifest.environments:
        configs = {name: configuration.environment(manifest, name, env, ids[env]) for name in manifest.workers}
        found += [f"{env}: {text}" for text in delivery(configs)]
    return found + separation(manifest, ids)


def declarations(manifest: Manifest) -> list[str]:
    """Every name that a Worker uses is declared, and what is reserved is used."""
    declared = [*manifest.d1, *manifest.kv, *manifest.r2, *manifest.queues.names, *manifest.objects, *manifest.services]
    found = [f"{name} is declared twice in infra/manifest.toml." for name, n in Counter(declared).items() if n > 1]
    bound = {binding for worker in manifest.workers.values() for binding in worker.bindings}
    found += [f"{name} is declared but bound by no Worker." for name in declared if name not in bound]
    for name, worker in manifest.workers.items():
        found += [f"{name} binds {b}, which no table declares." for b in worker.bindings if b not in declared]
        found += [f"{name} consumes {q}, which is no queue." for q in worker.consumes if q not in manifest.queues.names]
        names = manifest.names_for(name)
        found += [f"{name} reserves {r}, which is not declared for it." for r in worker.reserved if r not in names]
        found += [
            f"{name} is first deployed without {s}, which is no service that it binds."
            for s in worker.first_without
            if s not in worker.bindings or s not in manifest.services
        ]
    for name, entry in (manifest.vars | manifest.secrets).items():
        found += [f"{name} is for {w}, which is no Worker." for w in entry.workers if w not in manifest.workers]
    for name, db in manifest.d1.items():
        owner = manifest.workers.get(db.owner)
        if owner is None or name not in owner.bindings:
            found.append(f"{name} is owned by {db.owner}, which does not bind it, so nothing applies its migrations.")
    return found


def crons(manifest: Manifest) -> list[str]:
    """One cron for each Worker and five in an environment: the free plan has five for a whole account."""
    found = [
        f"{name} has {len(worker.crons)} crons; a Worker has one at most and dispatches from a table of due work."
        for name, worker in manifest.workers.items()
        if len(worker.crons) > 1
    ]
    total = sum(len(worker.crons) for worker in manifest.workers.values())
    return found + ([f"{total} crons are more than {MOST_CRONS} for one environment."] if total > MOST_CRONS else [])


def services(manifest: Manifest) -> list[str]:
    """Each service binding has a target that declares the entrypoint and is deployed before the caller.

    One that closes a circle is named in `first_without`, and is bound when its target is there.
    """
    found: list[str] = []
    order = list(manifest.workers)
    for name, service in manifest.services.items():
        target = manifest.workers.get(service.target)
        if target is None:
            found.append(f"{name} calls {service.target}, which is no Worker.")
        elif service.entrypoint not in target.entrypoints:
            found.append(f"{name} calls {service.target}.{service.entrypoint}, which is not among its entrypoints.")
        else:
            callers = [w for w in order if name in manifest.workers[w].bindings and manifest.is_rendered(w, name)]
            found += [
                f"{caller} binds {name} but is deployed before {service.target}: the first deploy of an environment "
                "would fail. Order [workers.…] so that callers come last, or name it in first_without of the caller."
                for caller in callers
                if order.index(caller) <= order.index(service.target)
                and name not in manifest.workers[caller].first_without
            ]
    return found


def classes(manifest: Manifest) -> list[str]:
    """Each Durable Object class that is bound has exactly one place in the history, as a SQLite class."""
    history = Counter((m.host, name) for m in manifest.object_migrations for name in m.new_sqlite_classes)
    found = [f"{name} is created twice in [[object_migrations]]." for (_, name), n in history.items() if n > 1]
    tags = Counter((m.host, m.tag) for m in manifest.object_migrations)
    found += [f"[[object_migrations]] has the tag {tag} of {host} twice." for (host, tag), n in tags.items() if n > 1]
    for name, spec in manifest.objects.items():
        for worker in (w for w in manifest.workers if name in manifest.workers[w].bindings):
            rendered = manifest.is_rendered(worker, name)
            if worker != spec.host:
                found.append(f"{worker} binds {name}, but its class lives in {spec.host}: bind it there alone.")
            elif rendered and (spec.host, spec.class_name) not in history:
                found.append(f"{name} needs {spec.class_name} in [[object_migrations]]: append a tag with it.")
            elif not rendered and (spec.host, spec.class_name) in history:
                found.append(f"{name} is reserved, but [[object_migrations]] creates {spec.class_name} already.")
    return found


def secrets(manifest: Manifest) -> list[str]:
    """A secret is no variable, and every one that is required has a value for local work."""
    found = [f"{name} is both a variable and a secret." for name in manifest.vars if name in manifest.secrets]
    local = manifest.local.secrets
    found += [f"[local.secrets] sets {name}, which is no secret." for name in local if name not in manifest.secrets]
    found += [
        f"[local.secrets] has a value for {name} that Workers elsewhere would not refuse: let it begin with local-."
        for name, value in local.items()
        if fault(name, value) is None
    ]
    for worker in manifest.workers:
        found += [
            f"[local.secrets] has no value for {name}, which {worker} requires."
            for name in manifest.required_secrets(worker)
            if name not in local
        ]
    return found


def delivery(configs: dict[str, configuration.Config]) -> list[str]:
    """Each queue has exactly one consumer and a dead-letter queue, which has a consumer and no dead letters itself."""
    consumers = [(w, consumer) for w, config in configs.items() for consumer in config["queues"]["consumers"]]
    produced = {p["queue"] for config in configs.values() for p in config["queues"]["producers"]}
    dead = {consumer.get("dead_letter_queue") for _, consumer in consumers} - {None}
    by_queue: dict[str, list[str]] = {}
    for worker, consumer in consumers:
        by_queue.setdefault(consumer["queue"], []).append(worker)
    found = [f"{queue} has no consumer." for queue in sorted((produced | dead) - by_queue.keys())]
    found += [f"{queue} has {len(who)} consumers: {', '.join(who)}." for queue, who in by_queue.items() if len(who) > 1]
    for worker, consumer in consumers:
        queue, letters = consumer["queue"], consumer.get("dead_letter_queue")
        if queue in dead and letters:
            found.append(f"{queue} holds dead letters and must not have a dead-letter queue of its own.")
        elif queue not in dead and not letters:
            found.append(f"{queue}, consumed by {worker}, has no dead-letter queue: failed jobs would vanish.")
    return found
