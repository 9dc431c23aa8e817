"""A private PostgreSQL and the application on it, for one run of the benchmark."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support.process import Process

HERE = Path(__file__).parent
INSTALL = "not installed: `apt install postgresql` (Debian, Ubuntu) brings it"


def binaries() -> Path | None:
    """The folder of PostgreSQL's newest programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    other = shutil.which("initdb")
    return Path(other).parent if other else None


class Postgres:
    """A cluster in a folder of its own, reached by a socket there; durable as it comes (fsync on)."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._home = Path(tempfile.mkdtemp(prefix="propflow-postgres-"))
        # PostgreSQL refuses to run as root; its package makes a user for it.
        self._user = pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self._home, self._user)

    def start(self) -> Postgres:
        """Make the cluster and start it with the schema."""
        data = self._home / "data"
        self._run("initdb", "--pgdata", str(data), "--username", "bench", "--auth", "trust", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._home}'"
        log = str(self._home / "log")
        self._run("pg_ctl", "--pgdata", str(data), "--options", options, "--log", log, "--wait", "start")
        schema = ("--file", str(HERE / "schema.sql"), "--set", "ON_ERROR_STOP=1", "--quiet")
        self._run("psql", "--host", str(self._home), "--username", "bench", "--dbname", "postgres", *schema)
        return self

    def stop(self) -> None:
        """End it and remove what it wrote."""
        self._run("pg_ctl", "--pgdata", str(self._home / "data"), "--mode", "immediate", "stop")
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def dsn(self) -> str:
        """Where a client connects."""
        return f"postgresql://bench@/postgres?host={self._home}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, user=self._user, cwd=self._home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")


class Native:
    """FastAPI on uvicorn, one process, beside the cluster."""

    def __init__(self, programs: Path) -> None:
        self._postgres = Postgres(programs)
        self._process: Process | None = None
        self.url = ""

    def start(self) -> Native:
        """Both, ready to answer."""
        self._postgres.start()
        log = Path(tempfile.mkstemp(prefix="propflow-native-")[1])
        command = [sys.executable, "-m", "uvicorn", "load.postgres.app:app", "--port", "0", "--no-access-log"]
        env = os.environ | {"DSN": self._postgres.dsn, "PYTHONPATH": str(HERE.parents[1])}
        self._process = Process("the native application", command, log, env)
        self.url = self._process.wait_for(r".*running on (http://127\.0\.0\.1:\d+)", 30).group(1)
        return self

    def stop(self) -> None:
        """Neither is left behind."""
        if self._process is not None:
            self._process.kill()
        self._postgres.stop()
