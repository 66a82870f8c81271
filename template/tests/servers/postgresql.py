"""PostgreSQL with TimescaleDB."""

import os
import re
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from tests.servers.databases import Databases
from tests.servers.process import Process
from tests.servers.server import TIMEOUT, Server

# Python forks to run a program as another user. In a process that uses gRPC, its handlers of a fork
# often ended the child (a third of 150, with grpcio 1.85). It reads this at its first use.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")

# In addition to PATH: the folders of systems for several versions.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)

# `fsync` off: what is thrown away need not survive a power failure.
CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
max_worker_processes = 24
fsync = off
full_page_writes = off
dynamic_shared_memory_type = mmap
"""
TIMESCALEDB = """
shared_preload_libraries = timescaledb
timescaledb.telemetry_level = off
timescaledb.max_background_workers = 8
"""
HAS_TIMESCALEDB = "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
OLDEST = 14
# Seconds until a program that prints a line counts as hanging.
ANSWER_TIMEOUT = 10.0


class PostgresqlServer(Server):
    """The newest version that has TimescaleDB.

    Texts are ordered as English speakers expect, not by their bytes: a test that holds here does
    not lean on the second.
    """

    name = "PostgreSQL"
    variable = "TEST_DATABASE_URL"
    packages = "postgresql-17 postgresql-17-timescaledb"
    # "Fast": does not wait for the clients to leave.
    stop_signal = signal.SIGINT

    def __init__(self, config: str = "") -> None:
        found = {folder: version(folder) for folder in installations()}
        fit = [folder for folder in found if found[folder] and has_timescaledb(folder)]
        if found and not fit:
            raise self.missing("has no TimescaleDB" if any(found.values()) else "does not start")
        if not fit:
            raise self.missing()
        super().__init__(config)
        self._programs = max(fit, key=found.__getitem__)
        # It refuses to run as root.
        self._user = "postgres" if sys.platform != "win32" and os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """Ends in a slash: the name of a database follows."""
        return f"postgresql+asyncpg://app:{self.password}@127.0.0.1:{self.port}/"

    @property
    def databases(self) -> Databases:
        """Its databases, and the way to make more."""
        return Databases(self.url)

    def run(self) -> Process:
        if not self._data.exists():
            self._make()
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        return Process(command, self.folder, ENVIRONMENT, user=self._user, end="SIGQUIT")

    def answers(self) -> bool:
        return answers(self.url)

    @staticmethod
    def fault_at(url: str) -> str:
        databases = Databases(url)
        [(number,)] = databases.sql("SELECT current_setting('server_version_num')::integer / 10000")
        if number < OLDEST:
            return f"is {number}, older than {OLDEST}"
        if not databases.sql(HAS_TIMESCALEDB):
            return "has no TimescaleDB"
        [(loaded,)] = databases.sql("SELECT current_setting('shared_preload_libraries')")
        return "" if "timescaledb" in loaded else "has not loaded TimescaleDB"

    def fault(self) -> str:
        # Its programs were looked at before. A test may well want it without TimescaleDB.
        return ""

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        self._own(self.folder, secret)
        self._call(
            "initdb",
            f"--pgdata={self._data}",
            "--username=app",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=icu",
            "--icu-locale=en",
            "--no-sync",
        )
        self._configure(CONFIG, TIMESCALEDB, self.config)

    def _own(self, *paths: Path) -> None:
        """Give these to the user who runs the server."""
        if self._user is not None:
            for path in paths:
                shutil.chown(path, self._user, self._user)

    def _call(self, program: str, *options: str) -> None:
        """Run one of PostgreSQL's programs as that user; raises with what it says."""
        called = subprocess.run(
            [str(self._programs / program), *options],
            cwd=self.folder,
            env=ENVIRONMENT,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        if called.returncode:
            raise RuntimeError(f"{program} fails: {called.stderr}")

    def _configure(self, *lines: str) -> None:
        """Add to the configuration, of which the last line counts."""
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("\n".join((*lines, f"port = {self.port}", "")))


ENVIRONMENT = {"LANG": "C", "PATH": os.environ.get("PATH", "")}


def installations() -> set[Path]:
    """Return the folders with PostgreSQL's programs."""
    found = {path for pattern in FOLDERS for path in Path("/").glob(pattern.lstrip("/"))}
    on_path = shutil.which("initdb")
    if on_path is not None:
        found.add(Path(on_path).resolve().parent)
    return {folder for folder in found if (folder / "initdb").exists()}


def version(folder: Path) -> int:
    """Return the major version of the programs in `folder`, or 0 if they do not start."""
    found = re.search(r"\d+", _said(folder / "postgres", "--version"))
    return int(found[0]) if found else 0


def has_timescaledb(folder: Path) -> bool:
    """Return whether TimescaleDB is installed for the programs in `folder`."""
    shared = _said(folder / "pg_config", "--sharedir")
    return bool(shared) and (Path(shared) / "extension" / "timescaledb.control").exists()


# Each test that runs a server of its own asks again.
@cache
def _said(program: Path, option: str) -> str:
    """Return what it prints, or nothing if it fails or hangs."""
    try:
        return subprocess.check_output(
            [str(program), option], text=True, timeout=ANSWER_TIMEOUT
        ).strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def answers(url: str) -> bool:
    """Return whether the server at `url` serves."""
    try:
        return Databases(url, timeout=1).sql("SELECT 1") == [(1,)]
    except (OSError, DBAPIError):
        return False
