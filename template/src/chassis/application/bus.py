"""The bus: from a message to the use case that handles it."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from chassis.application.errors import NotServed
from chassis.application.message import Handler, Message

type HandlerFactory = Callable[[], Handler[Any, Any]]


class Bus:
    """Passes each message to its handler, which keeps no state between messages."""

    def __init__(self, handlers: Mapping[type[Message[Any]], HandlerFactory]) -> None:
        self._handlers = dict(handlers)

    @property
    def handled(self) -> frozenset[type[Message[Any]]]:
        """The message types that the running roles handle."""
        return frozenset(self._handlers)

    def handle[Result](self, message: Message[Result]) -> Coroutine[Any, Any, Result]:
        """Return the awaitable result of the message's handler, which raises the handler's errors.

        Raises `NotServed` at once if no running role handles it.
        """
        factory = self._handlers.get(type(message))
        if factory is None:
            name = type(message).__name__
            roles = " or ".join(message.served_by)
            raise NotServed(f"{name} is not served here: it needs a running {roles}.")
        return factory()(message)
