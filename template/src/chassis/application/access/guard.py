"""The guard: lets a message through to its handler where the caller has the scope for it."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from chassis.application.access.caller import ANONYMOUS
from chassis.application.bus import HandlerFactory
from chassis.application.context import current_caller
from chassis.application.errors import Forbidden, NotFound, Unauthorized
from chassis.application.message import Handler, Message

log = logging.getLogger(__name__)


class GuardedHandler:
    """Handles what a known caller with the message's scope asks for.

    Which receivers it may read, the use cases see to: they know to whom an entity belongs.
    """

    def __init__(self, handler: Handler[Any, Any]) -> None:
        self._handler = handler

    async def __call__(self, message: Message[Any]) -> Any:
        """Return what the handler returns; raises `Unauthorized`, `Forbidden`, or what it does."""
        caller = current_caller()
        if caller is ANONYMOUS:
            # A transport has asked nobody who it is.
            raise Unauthorized("say who you are, with a bearer token")
        try:
            if message.scope:
                caller.check(message.scope)
            return await self._handler(message)
        except (Forbidden, NotFound) as error:
            # What is another's is not found; that it is there is for the operator alone.
            reason = error.__cause__ if isinstance(error, NotFound) else error
            if isinstance(reason, Forbidden):
                name = type(message).__name__
                log.warning("forbidden", extra={"message_type": name, "reason": str(reason)})
            raise


def guarded_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory],
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each behind a guard."""
    return {kind: partial(_guarded, factory) for kind, factory in handlers.items()}


def _guarded(factory: HandlerFactory) -> GuardedHandler:
    return GuardedHandler(factory())
