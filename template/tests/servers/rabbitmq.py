"""RabbitMQ."""

import os
import shutil
import socket
import urllib.parse
from contextlib import closing

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


class RabbitmqServer(Server):
    """A `rabbitmq-server` and the `epmd` that every Erlang node registers with.

    With `management` it has its HTTP interface too, and takes a second longer to start.
    """

    name = "RabbitMQ"
    variable = "TEST_BROKER_URL"
    packages = "rabbitmq-server"

    def __init__(self, config: str = "", *, management: bool = False) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        epmd = shutil.which("epmd")
        if program is None or epmd is None:
            raise self.missing()
        super().__init__(config)
        self._program = program
        self._management = management
        self._management_port = free_port()
        self._names_port = free_port()
        self._node_port = free_port()
        home = self.folder / "epmd"
        home.mkdir()
        # Left to itself, the node would start one that stays when it has gone.
        command = [epmd, "-port", str(self._names_port), "-address", "127.0.0.1"]
        self._names = Process(command, home, {})

    @property
    def url(self) -> str:
        return f"amqp://app:{self.password}@127.0.0.1:{self.port}/"

    @property
    def management_url(self) -> str:
        """The address of the HTTP interface, with the account in it."""
        return f"http://app:{self.password}@127.0.0.1:{self._management_port}"

    def run(self) -> Process:
        files = {
            "rabbitmq.conf": self._configuration(),
            "plugins": "[rabbitmq_management]." if self._management else "[].",
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
        # `-noinput`: what the script adds itself where it does not stay beside the node.
        command = [self._program, "-noinput"]
        return Process(command, self.folder, self._environment(), end="SIGKILL")

    def answers(self) -> bool:
        # The listeners open while the rest still starts; stopped just then, it would crash.
        return STARTED in self.output() and answers(self.url)

    def close(self) -> None:
        super().close()
        self._names.close()

    def _configuration(self) -> str:
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.port}",
            "default_user = app",
            f"default_pass = {self.password}",
            "log.console = true",
        ]
        if self._management:
            lines += [
                "management.tcp.ip = 127.0.0.1",
                f"management.tcp.port = {self._management_port}",
            ]
        return "\n".join([*lines, self.config, ""])

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            # Where Erlang keeps its cookie.
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._names_port),
            # The script becomes the node instead of waiting beside it.
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
