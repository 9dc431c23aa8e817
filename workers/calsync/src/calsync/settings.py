"""What this Worker is configured with. Names are those of infra/manifest.toml."""

import hashlib
from urllib.parse import urlsplit

import msgspec

from calsync.addresses import Places


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`CALENDAR_HOSTS_ALLOWED` (host:port,…) admits plain http on loopback, in the local environment only.

    Of a host that ends with an asterisk no turns are counted. `OWN_ZONE` is the domain under which this installation
    lives: no calendar comes from there.
    """

    ENV: str
    SESSION_ENC_KEY: str
    API_BASE_URL: str
    OWN_ZONE: str = ""
    CALENDAR_HOSTS_ALLOWED: str = ""

    @property
    def installation(self) -> str:
        """What tells the entries that this installation exports from those of others: the same for as long as its
        address is, and nothing that a reader could learn from."""
        return hashlib.sha256(self.API_BASE_URL.encode()).hexdigest()[:8]

    @property
    def places(self) -> Places:
        """What an address is judged by. The host of the API is ours whatever the zone is."""
        own = {self.OWN_ZONE.strip(".").lower(), (urlsplit(self.API_BASE_URL).hostname or "")}
        return Places(own=frozenset(own - {""}), local=self.local_hosts)

    @property
    def local_hosts(self) -> frozenset[str]:
        """The loopback hosts that may be fetched over plain http; none outside the local environment."""
        return frozenset(host.removesuffix("*") for host in self._allowed())

    @property
    def unlimited_hosts(self) -> frozenset[str]:
        """Those of them that may be asked as often as one likes."""
        return frozenset(host.removesuffix("*") for host in self._allowed() if host.endswith("*"))

    def _allowed(self) -> list[str]:
        if self.ENV != "local":
            return []
        hosts = (entry.strip().lower() for entry in self.CALENDAR_HOSTS_ALLOWED.split(","))
        return [host for host in hosts if host.partition(":")[0] in ("127.0.0.1", "localhost")]
