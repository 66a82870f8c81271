"""A machine with a service's settings, on which its own programs make backups and restore them."""

import asyncio
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.chaos import rabbitmqctl
from tools.client.address import Address
from tools.drill.backup.cluster import Cluster
from tools.service import Service


class Ended(NamedTuple):
    """The end of a program: its exit code, the seconds that it took, and all that it printed."""

    code: int
    seconds: float
    output: str


class Machine:
    """Runs `deploy/server/backup` and `restore`; the backups are in `backups`."""

    def __init__(
        self, folder: Path, service: Service, settings: Mapping[str, str], cluster: Cluster | None
    ) -> None:
        self.backups = folder / "backups"
        self._programs = service.path / "deploy" / "server"
        self._etc = folder
        self._settings = settings
        self._cluster = cluster
        folder.mkdir(parents=True)
        lines = [f"{name}={value}" for name, value in settings.items()]
        (folder / "env").write_text("\n".join([*lines, ""]))
        own = [f"BACKUPS={self.backups}", "SERVICE_USER=", "KEEP=3"]
        own += [f"CLUSTER={cluster.name}"] if cluster else []
        (folder / "backup").write_text("\n".join([*own, ""]))

    async def run(self, program: str, *arguments: str) -> Ended:
        """Run one of the programs; it raises nothing if that fails."""
        began = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            *(str(self._programs / program), *arguments),
            env={**os.environ, **self._environment()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await child.communicate()
        assert child.returncode is not None
        return Ended(child.returncode, time.monotonic() - began, output.decode())

    async def done(self, program: str, *arguments: str) -> Ended:
        """Do the same; raises `RuntimeError` if it fails."""
        ended = await self.run(program, *arguments)
        if ended.code:
            raise RuntimeError(f"{program} {' '.join(arguments)} fails: {ended.output}")
        return ended

    def rows(self) -> Mapping[str, tuple[int, str]]:
        """Return the number of rows of each table, and their sum, as the newest backup has them."""
        manifest = (max(self.backups.glob("*Z")) / "manifest").read_text()
        found = re.findall(r"^rows public\.(\w+) (\d+) (-?\d+)$", manifest, re.MULTILINE)
        return {name: (int(count), total) for name, count, total in found}

    def size(self) -> int:
        """Return the megabytes of the newest backup."""
        files = max(self.backups.glob("*Z")).rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file()) // 2**20

    def _environment(self) -> Mapping[str, str]:
        # Found each time, because RabbitMQ may have been restarted, or not run.
        try:
            broker = rabbitmqctl.environment(Address.of(self._settings["BROKER_URL"]).port)
        except LookupError:
            broker = {}
        path = f"/usr/lib/rabbitmq/bin:{os.environ['PATH']}"
        return {**broker, "PATH": path, "ETC": str(self._etc), **self._postgresql()}

    def _postgresql(self) -> Mapping[str, str]:
        """Return the way to the server: Debian's cluster, or the owner's account on another one."""
        if self._cluster:
            return self._cluster.environment
        url = urlsplit(self._settings["DATABASE_URL"])
        passwords = self._etc / "pgpass"
        passwords.touch(0o600)
        passwords.write_text(f"*:*:*:*:{url.password}\n")
        return {
            "PGHOST": str(url.hostname),
            "PGPORT": str(url.port),
            "PGUSER": str(url.username),
            "PGPASSFILE": str(passwords),
        }
