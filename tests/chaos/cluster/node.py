"""One RabbitMQ server of a cluster."""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.client.address import Address
from tools.process import Process, StartError, run_in

# First the script itself: Debian's command on PATH changes to a user of its own.
PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
STARTED = "Server startup complete"
GREETING = b"AMQP\x00\x00\x09\x01"

# Seconds: for a start, which may wait for the other nodes; for an end; between two looks; for the
# answer to a greeting.
START = 90.0
END = 60.0
PAUSE = 0.1
ANSWER = 2.0

# Seconds after which a node that says nothing is taken for down by the others. By default that is
# a minute, which no short run lasts.
TICK = 8

ERLANG = (
    "-kernel inet_dist_use_interface {127,0,0,1}",
    f"-kernel net_ticktime {TICK}",
    # Few schedulers that do not spin: an idle one leaves the processors to the service.
    "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
)


@dataclass(frozen=True)
class Place:
    """The place of a node: its name, its folder, and its ports for clients, nodes and names."""

    name: str
    folder: Path
    amqp: Address
    distribution: int
    names: int

    @property
    def node(self) -> str:
        """Its name in the cluster."""
        return f"{self.name}@localhost"


class Node:
    """Runs on the same ports each time; what it has stored survives `stop` and `kill`.

    `lines` are those of its configuration that have to do with the cluster.
    """

    def __init__(self, place: Place, lines: Sequence[str]) -> None:
        self.place = place
        self._lines = lines
        self._stack = AsyncExitStack()
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """The process that runs now."""
        assert self._process is not None, f"{self.place.name} does not run"
        return self._process

    async def start(self) -> None:
        """Start it, and return once it serves; raises `StartError` or `TimeoutError`."""
        program = find()
        assert program is not None, "rabbitmq-server"
        self._write()
        # `-noinput`: what the script adds itself where it does not become the node.
        running = run_in(self.place.folder, [program, "-noinput"], (), self._environment())
        self._process = process = await self._stack.enter_async_context(running)
        async with asyncio.timeout(START):
            while not (any(STARTED in line for line in process.lines) and await self.serves()):
                if process.gone.is_set():
                    said = [f"{self.place.name} does not start:", *process.lines]
                    raise StartError("\n".join(said))
                await asyncio.sleep(PAUSE)

    async def serves(self) -> bool:
        """Return whether it answers clients."""
        try:
            async with asyncio.timeout(ANSWER):
                reader, writer = await asyncio.open_connection(*self.place.amqp)
                try:
                    writer.write(GREETING)
                    return bool(await reader.read(1))
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False

    async def stop(self) -> None:
        """End it in good order; raises `TimeoutError`."""
        await self.process.end(END)
        await self._forget()

    async def kill(self) -> None:
        """End it at once, as a power failure would."""
        os.kill(self.process.pid, signal.SIGKILL)
        await self.process.gone.wait()
        await self._forget()

    async def close(self) -> None:
        """End it where it runs; what it has stored is not wanted any more."""
        if self._process is None:
            return
        if not self._process.gone.is_set():
            os.kill(self._process.pid, signal.SIGKILL)
            await self._process.gone.wait()
        await self._forget()

    def freeze(self) -> None:
        """Make it stand still: connections stay open, and nothing answers."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    async def _forget(self) -> None:
        self._process = None
        await self._stack.aclose()

    def _write(self) -> None:
        self.place.folder.mkdir(exist_ok=True)
        lines = [
            f"listeners.tcp.local = {self.place.amqp.host}:{self.place.amqp.port}",
            "log.console = true",
            *self._lines,
        ]
        (self.place.folder / "rabbitmq.conf").write_text("\n".join([*lines, ""]))
        (self.place.folder / "plugins").write_text("[].")

    def _environment(self) -> dict[str, str]:
        folder = self.place.folder
        return {
            "PATH": os.environ["PATH"],
            # The file of Erlang's cookie, which all nodes share.
            "HOME": str(folder.parent),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.place.names),
            # The script becomes the node instead of waiting for it.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self.place.distribution),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_NODENAME": self.place.node,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(ERLANG),
        }


def find() -> str | None:
    """Return the program, where it is installed."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)
