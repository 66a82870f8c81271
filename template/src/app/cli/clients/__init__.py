"""Clients by URL scheme, for `send` and `tail`."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from app.application.notification.messages import StreamItem, Subscribe
from app.cli.credentials import Token
from app.cli.failure import CommandFailed, UsageError

# A module is there where its transport is, and is called like its scheme, but for these.
SCHEMES = {"websocket": "ws"}


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
    known = dict(_modules())
    if scheme not in known or not place:
        schemes = ", ".join(f"{name}://" for name in known)
        raise UsageError(f"--via takes the URL of a running service, with one of: {schemes}")
    module = import_module(f"{__name__}.{known[scheme]}")
    client: Client = module.CLIENT(url.rstrip("/"), token)
    return client


def _modules() -> Iterator[tuple[str, str]]:
    """Yield each scheme, also those with the letter `s` for TLS, and its module's name."""
    for module in iter_modules(__path__):
        scheme = SCHEMES.get(module.name, module.name)
        yield scheme, module.name
        yield f"{scheme}s", module.name
