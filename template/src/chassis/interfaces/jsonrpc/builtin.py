"""The methods that every session has, in every service."""

from typing import Any

from msgspec import Raw, Struct

from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import Params
from chassis.interfaces.jsonrpc.session_context import SessionContext


class AuthenticateParams(Params, frozen=True, kw_only=True):
    """A bearer token."""

    token: str


class Authenticated(Struct, frozen=True):
    """The caller of the session, and its end, in seconds since the epoch."""

    caller: str
    expires_at: float | None


class DiscoverParams(Params, frozen=True, kw_only=True):
    """No parameters."""


async def authenticate(session: SessionContext, params: AuthenticateParams) -> Authenticated:
    """Authenticate the caller."""
    caller = await session.authenticate(params.token)
    return Authenticated(caller.name, caller.expires_at)


async def discover(session: SessionContext, params: DiscoverParams) -> Raw:
    """Describe all methods."""
    return session.describe()


methods: list[Method[Any]] = [
    Method(
        "session.authenticate",
        AuthenticateParams,
        authenticate,
        Authenticated,
        "Authenticate with a token; may be repeated at any time",
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
