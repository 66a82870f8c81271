"""The guard: passes a message to its handler if the caller has the scope for it."""

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
    """Handles a message of an authenticated caller that has the message's scope.

    The use cases check which receivers the caller may read: they know the owner of an entity.
    """

    def __init__(self, handler: Handler[Any, Any]) -> None:
        self._handler = handler

    async def __call__(self, message: Message[Any]) -> Any:
        """Return the handler's result; raises `Unauthorized`, `Forbidden`, or its errors."""
        caller = current_caller()
        if caller is ANONYMOUS:
            # The transport has authenticated no caller.
            raise Unauthorized("credentials are missing: send a bearer token")
        try:
            if message.scope:
                caller.check(message.scope)
            return await self._handler(message)
        except (Forbidden, NotFound) as error:
            # The caller gets "not found" for another owner's entity. Only the log says that it
            # exists.
            reason = error.__cause__ if isinstance(error, NotFound) else error
            if isinstance(reason, Forbidden):
                name = type(message).__name__
                log.warning("forbidden", extra={"message_type": name, "reason": str(reason)})
            raise


def guarded_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory],
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each with a guard."""
    return {kind: partial(_guarded, factory) for kind, factory in handlers.items()}


def _guarded(factory: HandlerFactory) -> GuardedHandler:
    return GuardedHandler(factory())
