"""The methods that every session has, whatever the service does."""

from typing import Any

from msgspec import Raw, Struct

from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import Params
from chassis.interfaces.jsonrpc.peer import Peer


class AuthenticateParams(Params, frozen=True, kw_only=True):
    """A bearer token."""

    token: str


class Authenticated(Struct, frozen=True):
    """Whom the session speaks for, and until when, in seconds since the epoch."""

    caller: str
    expires_at: float | None


class DiscoverParams(Params, frozen=True, kw_only=True):
    """Nothing is asked for."""


async def authenticate(peer: Peer, params: AuthenticateParams) -> Authenticated:
    """Say who the caller is."""
    caller = await peer.authenticate(params.token)
    return Authenticated(caller.name, caller.expires_at)


async def discover(peer: Peer, params: DiscoverParams) -> Raw:
    """Tell of all methods."""
    return peer.describe()


methods: list[Method[Any]] = [
    Method(
        "session.authenticate",
        AuthenticateParams,
        authenticate,
        Authenticated,
        "Say who calls, with a token; again at any time",
        open_to_all=True,
    ),
    Method(
        "rpc.discover",
        DiscoverParams,
        discover,
        dict[str, Any],
        "Get this OpenRPC document",
        is_large=True,
    ),
]
