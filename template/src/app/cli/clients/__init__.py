"""Clients by URL scheme, for `send` and `tail`."""

from collections.abc import AsyncGenerator, Sequence
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any, Protocol

from app.application.notification.messages import StreamItem, Subscribe
from app.cli.credentials import Token
from app.cli.failure import CommandFailed, UsageError

# By scheme, each with the letter `s` for TLS; a module is there where its transport is.
CLIENTS = {
    "http": "app.cli.clients.http:HttpClient",
    "ws": "app.cli.clients.websocket:WebSocketClient",
    "tcp": "app.cli.clients.tcp:TcpClient",
    "grpc": "app.cli.clients.grpc:GrpcClient",
}


class Refused(CommandFailed):
    """The service said no, and will say so again."""


class Disconnected(CommandFailed):
    """The service cannot be reached, or the connection broke; trying again may help."""


class Client(Protocol):
    """A connection to a running service."""

    async def register(self, notifications: Sequence[Any], key: str | None) -> list[str]:
        """Register the notifications and return their ids; raises `Refused` or `Disconnected`."""
        ...

    def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield what the stream delivers until it ends; raises `Refused` or `Disconnected`."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def open_client(url: str, token: Token) -> Client:
    """Return a client for the service at `url`; raises `UsageError`.

    `token` is asked at each connection: one that has expired will not do a second time.
    """
    scheme, _, place = url.partition("://")
    known = {
        name: client
        for plain, client in CLIENTS.items()
        if find_spec(client.partition(":")[0]) is not None
        for name in (plain, f"{plain}s")
    }
    if scheme not in known or not place:
        schemes = ", ".join(f"{name}://" for name in known)
        raise UsageError(f"--via takes the URL of a running service, with one of: {schemes}")
    client: Client = resolve_name(known[scheme])(url.rstrip("/"), token)
    return client
