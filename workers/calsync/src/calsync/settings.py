"""What this Worker is configured with. Names are those of infra/manifest.toml."""

import hashlib

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`CALENDAR_HOSTS_ALLOWED` (host:port,…) admits plain http on loopback, in the local environment only."""

    ENV: str
    SESSION_ENC_KEY: str
    API_BASE_URL: str
    CALENDAR_HOSTS_ALLOWED: str = ""

    @property
    def installation(self) -> str:
        """What tells the entries that this installation exports from those of others: the same for as long as its
        address is, and nothing that a reader could learn from."""
        return hashlib.sha256(self.API_BASE_URL.encode()).hexdigest()[:8]

    @property
    def local_hosts(self) -> frozenset[str]:
        """The loopback hosts that may be fetched over plain http; none outside the local environment."""
        if self.ENV != "local":
            return frozenset()
        hosts = (entry.strip().lower() for entry in self.CALENDAR_HOSTS_ALLOWED.split(","))
        return frozenset(host for host in hosts if host.partition(":")[0] in ("127.0.0.1", "localhost"))
