"""Endpoints of JSON-RPC: one without access control, and one with tokens."""

import time

from app.application.notification.messages import READ
from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info

from tools.fuzz.inside.jsonrpc import SERVED
from tools.fuzz.inside.use_cases import UseCases


class OneToken:
    """Knows a caller whose token is `good`, and one whose `old` token is no good any more."""

    is_on = True

    async def authenticate(self, token: str | None) -> Caller:
        """Return the caller; raises `Unauthorized`."""
        if token not in ("good", "old"):
            raise Unauthorized("the token is not valid here")
        expires_at = time.time() + (60 if token == "good" else -60)
        return Caller(
            name="ada", scopes=frozenset((READ,)), receivers=("ada",), expires_at=expires_at
        )

    async def check(self) -> None:
        """Have what it needs."""


USE_CASES = UseCases()
OPEN, CLOSED = (
    Endpoint(
        "fuzz",
        bus,
        SERVED,
        info=Info("A service", "1.2.3"),
        authenticator=authenticator,
        in_flight=4,
    )
    for bus, authenticator in ((USE_CASES.bus, None), (USE_CASES.guarded, OneToken()))
)
