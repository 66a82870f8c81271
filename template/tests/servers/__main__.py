"""Throwaway servers for development: `python -m tests.servers`, or `poe servers`.

Prints the settings that reach them, fit for `.env`, and stays until Ctrl-C or SIGTERM, or until
its input closes where that is a pipe. Then they go, with all that they hold.
"""

import argparse
import json
import os
import signal
import stat
import sys
from contextlib import ExitStack, suppress
from threading import Event

from tests.servers.control import obey
from tests.servers.databases import Databases
from tests.servers.missing import Missing
from tests.servers.postgresql import PostgresqlServer
from tests.servers.rabbitmq import ManagedRabbitmqServer, RabbitmqServer
from tests.servers.redis import RedisServer
from tests.servers.server import Server
from tests.servers.shared import start
from tests.servers.standby import PostgresqlStandby

KINDS: dict[str, type[Server]] = {
    "postgresql": PostgresqlServer,
    "rabbitmq": RabbitmqServer,
    "redis": RedisServer,
}


# The exit code if a server cannot be started; 1 and 2 mean that it failed, or was called wrongly.
MISSING = 3


def main() -> int:
    """Return 0 at the end, 3 where a server is neither installed nor to be had as a container."""
    parser = _parser()
    arguments = parser.parse_args()
    kinds = KINDS | ({"rabbitmq": ManagedRabbitmqServer} if arguments.management else {})
    if unknown := set(arguments.servers) - set(kinds):
        parser.error(f"no such server: {', '.join(unknown)}; there are {', '.join(kinds)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ExitStack() as opened, suppress(KeyboardInterrupt):
        settings: dict[str, str] = {}
        servers: dict[str, Server] = {}
        for name in arguments.servers or kinds:
            try:
                server = start(kinds[name])
            except Missing as missing:
                sys.stderr.write(f"{missing}\n")
                return MISSING
            opened.callback(server.close)
            servers[name] = server
            if isinstance(server, PostgresqlServer):
                # Started, and so made, once it is asked for.
                servers["standby"] = PostgresqlStandby(server)
                opened.callback(servers["standby"].close)
            settings |= _settings(name, server)
        lines = "\n".join(f"{name}={value}" for name, value in settings.items())
        sys.stdout.write((json.dumps(settings) if arguments.json else lines) + "\n")
        sys.stdout.flush()
        if arguments.control:
            obey(sys.stdin, sys.stdout, servers)
        else:
            _stay()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("servers", nargs="*", metavar="SERVER", help=", ".join(KINDS))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--control", action="store_true", help="take orders, such as `stop redis`, line by line"
    )
    parser.add_argument(
        "--management", action="store_true", help="with the HTTP interface of RabbitMQ"
    )
    return parser


def _settings(name: str, server: Server) -> dict[str, str]:
    match name:
        case "postgresql":
            return {"DATABASE_URL": Databases(server.url).create("app")}
        case "rabbitmq":
            settings = {"BROKER_URL": server.url}
            if isinstance(server, ManagedRabbitmqServer):
                settings["BROKER_MANAGEMENT_URL"] = server.management_url
            return settings
        case _:
            return {"CACHE_URL": f"{server.url}0"}


def _stay() -> None:
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        sys.stdin.read()
    else:
        Event().wait()


if __name__ == "__main__":
    sys.exit(main())
