"""A cluster of PostgreSQL as Debian's own tools make it, below a temporary folder."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tools.process import free_port

VERSION = "17"
CONFIG = """
shared_preload_libraries = timescaledb
timescaledb.telemetry_level = off
dynamic_shared_memory_type = mmap
"""


class Cluster:
    """Runs as the user postgres, who needs no password on its socket; `url` is of `database`."""

    def __init__(self, folder: Path, name: str, database: str, password: str) -> None:
        self.port = free_port()
        self.name = f"{VERSION}/{name}"
        self.url = f"postgresql+asyncpg://{database}:{password}@127.0.0.1:{self.port}/{database}"
        self._folder = folder / name
        self._database = database
        self._password = password

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which Debian's tools find it."""
        return {"PG_CLUSTER_CONF_ROOT": str(self._folder / "etc"), "PGCLUSTER": self.name}

    def create(self) -> None:
        """Make it, with an empty database and its owner, and start it."""
        self._folder.mkdir(parents=True)
        sockets = self._folder / "run"
        for path in (self._folder, *self._folder.parents):
            if not path.stat().st_mode & 0o001:
                # The user postgres passes through.
                path.chmod(path.stat().st_mode | 0o001)
        sockets.mkdir()
        shutil.chown(sockets, "postgres", "postgres")
        options = ("--datadir", self._folder / "data", "--logfile", self._folder / "log")
        more = ("--port", self.port, "--socketdir", sockets, "--start-conf", "manual")
        self._call("pg_createcluster", *options, *more)
        with (self._folder / "etc" / self.name / "postgresql.conf").open("a") as file:
            file.write(CONFIG)
        self.control("start")
        self.sql(
            f"CREATE ROLE \"{self._database}\" LOGIN PASSWORD '{self._password}'",
            f'CREATE DATABASE "{self._database}" OWNER "{self._database}"',
        )

    def control(self, *what: str) -> None:
        """Start or stop it; raises with what the tool says."""
        self._call("pg_ctlcluster", *what)

    def sql(self, *statements: str) -> str:
        """Run each statement as the superuser and return what they print."""
        commands = [f"--command={statement}" for statement in statements]
        call = ("runuser", "-u", "postgres", "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1")
        return run([*call, *commands], self.environment)

    def _call(self, program: str, *arguments: object) -> None:
        run([program, *self.name.split("/"), *map(str, arguments)], self.environment)


@asynccontextmanager
async def cluster(folder: Path, name: str, database: str, password: str) -> AsyncIterator[Cluster]:
    """Run one; it ends with the block."""
    made = Cluster(folder, name, database, password)
    try:
        await asyncio.to_thread(made.create)
        yield made
    finally:
        made.control("stop", "--mode", "immediate")


def run(command: list[str], more: Mapping[str, str]) -> str:
    """Run a command in the root folder and return its output; raises `RuntimeError`."""
    ended = subprocess.run(
        command, cwd="/", env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} fails: {ended.stdout}{ended.stderr}")
    return ended.stdout
