"""One Worker's wrangler configuration for one environment, and for all of them: plain data, no files."""

from typing import Any

from infra.identities import Ids
from infra.manifest import LOCAL, UNPROVISIONED, Delivery, Manifest

Config = dict[str, Any]


def first(manifest: Manifest, name: str, ids: dict[str, Ids]) -> Config:
    """The same for the first deploy of an environment: without what closes a circle."""
    config = worker(manifest, name, ids)
    for part in (config, *config["env"].values()):
        part["services"] = [
            one for one in part["services"] if one["binding"] not in manifest.workers[name].first_without
        ]
    return config


def worker(manifest: Manifest, name: str, ids: dict[str, Ids]) -> Config:
    """The whole wrangler.jsonc: the top level is the local environment, `env` holds the real ones."""
    project, spec = manifest.project, manifest.workers[name]
    shared: Config = {
        "$schema": "../../node_modules/wrangler/config-schema.json",
        "main": "src/entry.py",
        "compatibility_date": project.compatibility_date,
        "workers_dev": False,
        "preview_urls": False,
        "triggers": {"crons": spec.crons},
        "limits": {"cpu_ms": spec.cpu_ms},
        "observability": observability(manifest),
    }
    real = {env: environment(manifest, name, env, ids[env]) for env in manifest.real_environments()}
    return {**shared, **environment(manifest, name, LOCAL, ids[LOCAL]), "env": real}


def environment(manifest: Manifest, worker: str, env: str, ids: Ids) -> Config:
    """What wrangler does not inherit, or must not: written out for each environment."""
    spec = manifest.workers[worker]
    config: Config = {
        "name": manifest.script(worker, env),
        "account_id": ids.account,
        "compatibility_flags": manifest.project.compatibility_flags + manifest.environments[env].flags,
        "vars": manifest.variables(worker, env),
        **storage(manifest, worker, env, ids),
        **objects(manifest, worker),
        "queues": queues(manifest, worker, env),
        "services": services(manifest, worker, env),
    }
    if env != LOCAL:
        config["secrets"] = {"required": manifest.required_secrets(worker)}
        if spec.host:
            host = manifest.fill(spec.host, env)
            config["routes"] = [{"pattern": f"{host}/*", "zone_name": manifest.project.domain}]
    return config


def storage(manifest: Manifest, worker: str, env: str, ids: Ids) -> Config:
    """D1, KV and R2."""
    bound = manifest.workers[worker].bindings
    d1, kv, r2 = ([name for name in bound if name in kind] for kind in (manifest.d1, manifest.kv, manifest.r2))
    return {
        "d1_databases": [database(manifest, worker, name, env, ids) for name in d1],
        "kv_namespaces": [{"binding": name, "id": ids.kv.get(name, UNPROVISIONED)} for name in kv],
        "r2_buckets": [{"binding": name, "bucket_name": manifest.resource(manifest.r2[name].name, env)} for name in r2],
    }


def database(manifest: Manifest, worker: str, name: str, env: str, ids: Ids) -> Config:
    """A D1 binding. Only its owner names the migrations, so that no other Worker can apply them by accident."""
    spec = manifest.d1[name]
    config: Config = {
        "binding": name,
        "database_name": manifest.resource(spec.name, env),
        "database_id": ids.d1.get(name, UNPROVISIONED),
    }
    return config | ({"migrations_dir": f"../../{spec.migrations}"} if spec.owner == worker else {})


def objects(manifest: Manifest, worker: str) -> Config:
    """Durable Objects, with the history of their classes where they live."""
    bound = [n for n in manifest.workers[worker].bindings if n in manifest.objects and manifest.is_rendered(worker, n)]
    if not bound:
        return {}
    history = [m for m in manifest.object_migrations if m.host == worker]
    return {
        "durable_objects": {"bindings": [{"name": n, "class_name": manifest.objects[n].class_name} for n in bound]},
        "migrations": [{"tag": m.tag, "new_sqlite_classes": m.new_sqlite_classes} for m in history],
    }


def queues(manifest: Manifest, worker: str, env: str) -> Config:
    """What a Worker sends to and what it consumes, each queue followed by its dead letters."""
    names, spec = manifest.queues.names, manifest.workers[worker]
    producers = [{"binding": n, "queue": manifest.resource(names[n].name, env)} for n in spec.bindings if n in names]
    consumers: list[Config] = []
    for queue in [names[n] for n in spec.consumes if n in names]:
        dead = manifest.dead_letters(queue.name, env)
        alone = {} if queue.max_concurrency is None else {"max_concurrency": queue.max_concurrency}
        live = {"queue": manifest.resource(queue.name, env), **delivery(manifest.queues.defaults, env)}
        consumers.append({**live, **alone, "dead_letter_queue": dead})
        consumers.append({"queue": dead, **delivery(manifest.queues.dead_letters, env)})
    return {"producers": producers, "consumers": consumers}


def delivery(spec: Delivery, env: str) -> Config:
    """How a queue hands over its messages."""
    return {
        "max_batch_size": spec.max_batch_size,
        "max_batch_timeout": spec.max_batch_timeout,
        "max_retries": spec.max_retries,
        "retry_delay": spec.local_retry_delay if env == LOCAL else spec.retry_delay,
    }


def services(manifest: Manifest, worker: str, env: str) -> list[Config]:
    """Calls to other Workers. `props` says who calls, and the caller cannot forge it."""
    found: list[Config] = []
    for name in manifest.workers[worker].bindings:
        if name in manifest.services and manifest.is_rendered(worker, name):
            spec = manifest.services[name]
            target = manifest.script(spec.target, env)
            found.append(
                {"binding": name, "service": target, "entrypoint": spec.entrypoint, "props": {"caller": worker}}
            )
    return found


def observability(manifest: Manifest) -> Config:
    """Our own log lines, which hold no secret. The platform's lines hold the address that was asked for, and its spans
    may: an address of a calendar is a secret in its path. https://developers.cloudflare.com/workers/observability/
    """
    rates = manifest.observability
    return {
        "enabled": True,
        "redact_query_string": True,
        "logs": {"enabled": True, "head_sampling_rate": rates.logs, "invocation_logs": False},
        "traces": {"enabled": rates.traces > 0, "head_sampling_rate": rates.traces},
    }
