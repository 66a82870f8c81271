"""The watched service, its servers, and what faults need of them."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.chaos.clock import Clock
from tools.drill.alerts.watch import Watch
from tools.drill.poison import Exchange
from tools.drill.stage import Stage
from tools.process import Process, free_port
from tools.service import Service

# Another program reads the log, so it can be frozen. The shell becomes the service.
PIPED = ("bash", "-c", 'exec "$@" > >(exec cat) 2>&1', "bash")
PATIENCE = 180.0


class Scene:
    """One process with all roles, which restarts on the same ports."""

    def __init__(
        self, stage: Stage, service: Service, settings: Mapping[str, str], watch: Watch
    ) -> None:
        self.stage = stage
        self.service = service
        self.watch = watch
        self.database = settings["DATABASE_URL"]
        self.broker = settings["BROKER_URL"]
        self.queue = settings["BROKER_QUEUE"]
        ports = {name: str(free_port()) for name in ("HTTP_PORT", "OPS_PORT")}
        self._settings = {**settings, **ports}

    async def start(self) -> None:
        """Start the process, and let Prometheus read it."""
        self.process: Process = await self.stage.serve(self.service, self._settings, prefix=PIPED)
        self.watch.read(self.process.ports["ops"])

    async def publish(self, message: bytes | dict[str, object]) -> None:
        """Publish a message for the service's queue, as another service would."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        await Exchange(self.broker, self.stage.name).publish(body)

    async def ended(self, *alerts: str) -> None:
        """Wait until none of these alerts is there; raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while {*alerts} & await self.watch.firing():
                await asyncio.sleep(0.5)

    @asynccontextmanager
    async def second_replica(self) -> AsyncIterator[Clock]:
        """Run a worker with a clock of its own."""
        with tempfile.TemporaryDirectory(prefix="shallot-clock-") as folder:
            clock = Clock(Path(folder) / "clock")
            clock.set(0)
            settings = {**self._settings, **clock.environment, "OPS_PORT": "0"}
            replica = await self.stage.serve(
                self.service, settings, "--role", "worker", transports=()
            )
            self.watch.read(self.process.ports["ops"], replica.ports["ops"])
            try:
                yield clock
            finally:
                self.watch.read(self.process.ports["ops"])
                await replica.end()

    def log_reader(self) -> int:
        """Return the process id of the program that reads the log."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            if Path(f"/proc/{pid}/comm").read_text().strip() == "cat":
                return int(pid)
        raise LookupError("the log has no reader")
