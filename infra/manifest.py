"""infra/manifest.toml as types. A key that nothing here knows is refused, so a typing error cannot pass in silence."""

from pathlib import Path

import msgspec

from infra.tools import ROOT

MANIFEST = ROOT / "infra/manifest.toml"
LOCAL = "local"
UNPROVISIONED = "not-provisioned"  # stands where an id is not known yet; deploy refuses it and Cloudflare does too


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every table of the manifest has in common."""


class Project(Part, frozen=True):
    name: str
    domain: str
    compatibility_date: str
    compatibility_flags: list[str]
    resource: str
    dead_letters: str
    location: str


class Environment(Part, frozen=True):
    dash: str = "-local"
    flags: list[str] = []
    confirm: str | None = None


class Database(Part, frozen=True):
    name: str
    owner: str

    @property
    def migrations(self) -> str:
        """The folder of its migrations, from the root."""
        return f"migrations/{self.name}"


class Named(Part, frozen=True):
    name: str


class Queue(Part, frozen=True):
    name: str
    max_concurrency: int | None = None


class Delivery(Part, frozen=True):
    max_batch_size: int
    max_batch_timeout: int
    max_retries: int
    retry_delay: int
    local_retry_delay: int


class Queues(Part, frozen=True):
    defaults: Delivery
    dead_letters: Delivery
    names: dict[str, Queue]


class ObjectClass(Part, frozen=True, rename={"class_name": "class"}):
    class_name: str
    host: str


class ObjectMigration(Part, frozen=True):
    host: str
    tag: str
    new_sqlite_classes: list[str]


class Worker(Part, frozen=True):
    script: str
    bindings: list[str]
    cpu_ms: int
    crons: list[str] = []
    entrypoints: list[str] = []
    consumes: list[str] = []
    reserved: dict[str, str] = {}
    first_without: list[str] = []
    host: str | None = None


class Service(Part, frozen=True):
    target: str
    entrypoint: str


class Var(Part, frozen=True):
    workers: list[str]
    value: str
    local: str | None = None
    reserved: str | None = None


class Secret(Part, frozen=True):
    workers: list[str]
    optional: bool = False
    reserved: str | None = None


class Local(Part, frozen=True):
    secrets: dict[str, str]


class Observability(Part, frozen=True):
    logs: float
    traces: float


class Manifest(Part, frozen=True):
    """Everything the outside knows by name."""

    project: Project
    environments: dict[str, Environment]
    d1: dict[str, Database]
    kv: dict[str, Named]
    r2: dict[str, Named]
    queues: Queues
    objects: dict[str, ObjectClass]
    object_migrations: list[ObjectMigration]
    workers: dict[str, Worker]
    services: dict[str, Service]
    vars: dict[str, Var]
    secrets: dict[str, Secret]
    local: Local
    observability: Observability

    def fill(self, pattern: str, env: str, name: str = "") -> str:
        """A pattern of the manifest for one environment."""
        dash = self.environments[env].dash
        project = self.project
        return pattern.format(env=env, name=name, dash=dash, project=project.name, domain=project.domain)

    def resource(self, name: str, env: str) -> str:
        """The name of a database, namespace, bucket or queue."""
        return self.fill(self.project.resource, env, name)

    def dead_letters(self, name: str, env: str) -> str:
        """The name of a queue's dead-letter queue."""
        return self.fill(self.project.dead_letters, env, name)

    def script(self, worker: str, env: str) -> str:
        """The name that a Worker is deployed under."""
        return self.fill(self.workers[worker].script, env)

    def variables(self, worker: str, env: str) -> dict[str, str]:
        """The variables of a Worker."""
        found: dict[str, str] = {}
        for name, var in self.vars.items():
            if worker in var.workers:
                local = env == LOCAL and var.local is not None
                found[name] = self.fill(var.local if local and var.local else var.value, env)
        return found

    def names_for(self, worker: str) -> list[str]:
        """The bindings, variables and secrets that a Worker may read."""
        settings = [name for name, entry in (self.vars | self.secrets).items() if worker in entry.workers]
        return [*self.workers[worker].bindings, *settings]

    def required_secrets(self, worker: str) -> list[str]:
        """The secrets that must be set before a Worker can be deployed."""
        return sorted(n for n, s in self.secrets.items() if worker in s.workers and not (s.optional or s.reserved))

    def is_rendered(self, worker: str, binding: str) -> bool:
        """Reserved storage is bound all the same; reserved code does not exist, so it is not."""
        return binding not in self.workers[worker].reserved or binding not in (self.objects | self.services)

    def real_environments(self) -> list[str]:
        """The environments that can be deployed."""
        return [env for env in self.environments if env != LOCAL]


def load(path: Path = MANIFEST) -> Manifest:
    """Read the manifest; raises msgspec.ValidationError naming the key that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=Manifest)
