"""The rate limit of each caller: one count for all transports."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from chassis.application.access.refusals import Refusals
from chassis.application.bus import HandlerFactory
from chassis.application.context import current_context
from chassis.application.errors import RateLimited
from chassis.application.message import Handler, Message
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.rate_limit import RateLimit

LIMITED = Counter(
    "requests_rate_limited",
    "Requests that were rejected because their caller was over its rate limit.",
    ("transport",),
)


class LimitedHandler:
    """Handles the messages of a caller, the `asker` of a context, within its rate limit."""

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
        """Return the handler's result; raises `RateLimited`, or the handler's errors."""
        context = current_context()
        if context is not None:
            name = context.asker
            wait = await self._limit.take(name)
            if wait > 0:
                self._metrics.count(LIMITED, context.transport)
                await self._refusals.wait(name)
                raise RateLimited("too many requests: your rate limit is reached", math.ceil(wait))
        return await self._handler(message)


def limited_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory],
    limit: RateLimit,
    refusals: Refusals,
    metrics: Metrics,
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each with the rate limit."""
    return {
        kind: partial(_limited, factory, limit, refusals, metrics)
        for kind, factory in handlers.items()
    }


def _limited(
    factory: HandlerFactory, limit: RateLimit, refusals: Refusals, metrics: Metrics
) -> LimitedHandler:
    return LimitedHandler(factory(), limit, refusals, metrics)
