"""RabbitMQ."""

import os
import secrets
import shutil
import socket
import urllib.parse
from contextlib import closing

import aiormq
from aiormq.exceptions import AMQPError

from tests.servers.databases import apart
from tests.servers.ports import free_port
from tests.servers.process import Process
from tests.servers.server import Server

# First the script itself: Debian's command on PATH changes to a user of its own.
PROGRAMS = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
    "/opt/homebrew/sbin/rabbitmq-server",
)
ERLANG = (
    "-kernel inet_dist_use_interface {127,0,0,1}",
    # Few schedulers that do not spin: an idle one leaves the processors to the tests.
    "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
)
STARTED = "Server startup complete"
# The plugin whose type of exchange the service may declare.
HASHES = "rabbitmq_consistent_hash_exchange"
OLDEST = 4


class RabbitmqServer(Server):
    """A `rabbitmq-server`, and the `epmd` that every Erlang node registers with."""

    name = "RabbitMQ"
    variable = "TEST_BROKER_URL"
    packages = "rabbitmq-server"

    def __init__(self, config: str = "") -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        epmd = shutil.which("epmd")
        if program is None or epmd is None:
            raise self.missing()
        super().__init__(config)
        self._program = program
        self._epmd = epmd
        self._names: Process | None = None
        self._names_port = free_port()
        self._node_port = free_port()

    @property
    def url(self) -> str:
        return f"amqp://app:{self.password}@127.0.0.1:{self.port}/"

    @property
    def plugins(self) -> list[str]:
        """Its other programs."""
        return [HASHES]

    def run(self) -> Process:
        if self._names is None:
            self._names = self._run_epmd()
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.port}",
            "default_user = app",
            f"default_pass = {self.password}",
            "log.console = true",
            self.config,
        ]
        (self.folder / "rabbitmq.conf").write_text("\n".join([*lines, ""]))
        (self.folder / "plugins").write_text(f"[{','.join(self.plugins)}].")
        # `-noinput`: what the script adds itself where it does not become the node.
        command = [self._program, "-noinput"]
        return Process(command, self.folder, self._environment(), end="SIGKILL")

    def answers(self) -> bool:
        # The listeners open while the rest still starts; stopped just then, it would crash.
        return STARTED in self.output() and answers(self.url)

    @staticmethod
    def fault_at(url: str) -> str:
        return apart(_fault(url))

    def fault(self) -> str:
        # It starts without a plugin that is not there, and names those that are.
        lacking = [name for name in self.plugins if f" * {name}" not in self.output()]
        return f"has no {', '.join(lacking)}" if lacking else super().fault()

    def close(self) -> None:
        super().close()
        if self._names is not None:
            self._names.close()

    def _run_epmd(self) -> Process:
        """Start it here: left to itself, the node starts one that stays when it has gone."""
        folder = self.folder / "epmd"
        folder.mkdir()
        command = [self._epmd, "-port", str(self._names_port), "-address", "127.0.0.1"]
        return Process(command, folder, {})

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            # The file of Erlang's cookie.
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
            # The script becomes the node instead of waiting for it.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": " ".join(ERLANG),
        }


class ManagedRabbitmqServer(RabbitmqServer):
    """One with its HTTP interface too; it takes a second longer to start."""

    def __init__(self, config: str = "") -> None:
        self._management_port = free_port()
        lines = (
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self._management_port}",
            config,
        )
        super().__init__("\n".join(lines))

    @property
    def plugins(self) -> list[str]:
        return [*super().plugins, "rabbitmq_management"]

    @property
    def management_url(self) -> str:
        """The address of the HTTP interface, with the account in it."""
        return f"http://app:{self.password}@127.0.0.1:{self._management_port}"


async def _fault(url: str) -> str:
    connection = await aiormq.connect(url)
    try:
        version = connection.server_properties["version"]
        text = version.decode() if isinstance(version, bytes) else str(version)
        if int(text.split(".")[0]) < OLDEST:
            return f"is {text}, older than {OLDEST}"
        channel = await connection.channel()
        name = f"probe-{secrets.token_hex(6)}"
        try:
            await channel.exchange_declare(name, exchange_type="x-consistent-hash")
        except AMQPError:
            return f"has no {HASHES}"
        await channel.exchange_delete(name)
        return ""
    finally:
        await connection.close()


def answers(url: str) -> bool:
    """Return whether the server at `url` serves."""
    address = urllib.parse.urlsplit(url)
    try:
        connection = socket.create_connection((address.hostname or "", address.port or 5672), 1)
        with closing(connection):
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(connection.recv(1))
    except OSError:
        return False
