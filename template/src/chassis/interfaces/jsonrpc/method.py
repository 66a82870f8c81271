"""A method: its name, its parameters, and its handler."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chassis.application.commands.idempotency_key import FIELD
from chassis.application.message import Message
from chassis.application.message_schema import result_of, summary_of
from chassis.interfaces.jsonrpc.idempotency import checked_key
from chassis.interfaces.jsonrpc.params import Params, params_of
from chassis.interfaces.jsonrpc.session_context import Events, SessionContext


class Method[P: Params]:
    """A method for clients; `handle` returns a value that encodes as `result`.

    A method that is `open_to_all` is answered without authentication. One that `is_large` may have
    large answers. A session executes only a few of them at once, and none for a batch whose answers
    are already large. The subscriptions of a method send `events`.
    """

    def __init__(
        self,
        name: str,
        params: type[P],
        handle: Callable[[SessionContext, P], Awaitable[Any]],
        result: Any,
        summary: str,
        *,
        open_to_all: bool = False,
        is_large: bool = False,
        events: Events[Any] | None = None,
    ) -> None:
        self.name = name
        self.params = params
        self.decoder = msgspec.json.Decoder(params)
        self.handle = handle
        self.result = result
        self.summary = summary
        self.open_to_all = open_to_all
        self.is_large = is_large
        self.events = events


def asks(
    name: str,
    message: type[Message[Any]],
    result: Any = None,
    summary: str | None = None,
    *,
    is_large: bool = False,
) -> Method[Any]:
    """Return the method that hands a message to its use case; its fields are the parameters.

    By default the message's class gives the type of the result, and its docstring the summary.
    """
    names = message.__struct_fields__
    takes_key = FIELD in names

    def handle(session: SessionContext, params: Any) -> Awaitable[Any]:
        if takes_key:
            checked_key(params.idempotency_key)
        return session.bus.handle(message(**{name: getattr(params, name) for name in names}))

    return Method(
        name,
        params_of(message),
        handle,
        result_of(message) if result is None else result,
        summary_of(message) if summary is None else summary,
        is_large=is_large,
    )
