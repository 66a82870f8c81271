"""How often one caller may ask: counted once, whichever transports it asks over."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from app.application.access.caller import ANONYMOUS
from app.application.access.network import network_of
from app.application.access.refusals import Refusals
from app.application.bus import HandlerFactory
from app.application.context import Context, current_context
from app.application.errors import RateLimited
from app.application.message import Handler, Message
from app.application.ports.metrics import Counter, Metrics
from app.application.ports.rate_limit import RateLimit

LIMITED = Counter(
    "requests_rate_limited",
    "Requests that were refused since their caller had asked too often.",
    ("transport",),
)


class LimitedHandler:
    """Handles what a caller asks for while it does not ask too often.

    A caller is who a token says; without one, whoever comes from an address, or its network.
    """

    def __init__(
        self,
        handler: Handler[Any, Any],
        limit: RateLimit,
        refusals: Refusals,
        metrics: Metrics,
    ) -> None:
        self._handler = handler
        self._limit = limit
        self._refusals = refusals
        self._metrics = metrics

    async def __call__(self, message: Message[Any]) -> Any:
        """Return what the handler returns; raises `RateLimited`, or what the handler does."""
        context = current_context()
        if context is not None:
            name = _name(context)
            wait = await self._limit.take(name)
            if wait > 0:
                self._metrics.count(LIMITED, context.transport)
                await self._refusals.wait(name)
                raise RateLimited("you ask too often", math.ceil(wait))
        return await self._handler(message)


def _name(context: Context) -> str:
    if context.caller is ANONYMOUS:
        return f"address:{network_of(context.peer)}"
    return f"caller:{context.caller.name}"


def limited_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory],
    limit: RateLimit,
    refusals: Refusals,
    metrics: Metrics,
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each behind the limit."""
    return {
        kind: partial(_limited, factory, limit, refusals, metrics)
        for kind, factory in handlers.items()
    }


def _limited(
    factory: HandlerFactory, limit: RateLimit, refusals: Refusals, metrics: Metrics
) -> LimitedHandler:
    return LimitedHandler(factory(), limit, refusals, metrics)
