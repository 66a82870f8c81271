"""Clients by URL scheme, for `send` and `tail`."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.credentials import Credentials
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.remote import Remote

# The module of a scheme exists if its transport does, and has its name, with these exceptions.
SCHEMES = {"websocket": "ws"}
# These are never in plain text, so that they have no scheme with the letter `s`.
ENCRYPTED = ("quic", "p2p")


class RequestRefused(CommandFailed):
    """The service refused the request, and a retry cannot succeed."""


class Disconnected(CommandFailed):
    """The service cannot be reached, or the connection broke; a retry may succeed."""


class ServiceClient(Protocol):
    """A connection to a running service."""

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Register the items and return their ids; raises `RequestRefused` or `Disconnected`."""
        ...

    def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield the stream's items until it ends; raises `RequestRefused` or `Disconnected`."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def open_client(url: str, credentials: Credentials, remote: Remote) -> ServiceClient:
    """Return a client for one aggregate of the service at `url`; raises `UsageError`."""
    scheme, _, place = url.partition("://")
    plain, secure = dict(_modules()), dict(_modules("s"))
    name = plain.get(scheme) or secure.get(scheme)
    if name is None or not place:
        schemes = ", ".join(f"{each}://" for each in (*plain, *secure))
        raise UsageError(f"--via takes the URL of a running service, with one of: {schemes}")
    module = import_module(f"{__name__}.{name}")
    if ("@" in place and not getattr(module, "NAMES_PEER", False)) or "?" in place:
        # Errors name the URL, so it must hold no secret.
        raise UsageError("--via takes no user and no query: put the token into AUTH_TOKEN")
    if credentials.certificate is not None and scheme in plain and scheme not in ENCRYPTED:
        raise UsageError(f"--certificate needs TLS: begin the URL with {scheme}s://")
    client: ServiceClient = module.CLIENT(url.rstrip("/"), credentials, remote)
    return client


def _modules(suffix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each scheme, with the letter `s` for TLS, and its module's name."""
    for module in iter_modules(__path__):
        if suffix and module.name in ENCRYPTED:
            continue
        yield SCHEMES.get(module.name, module.name) + suffix, module.name
