"""A method: its name, its parameters, and what it does."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chassis.application.message import Message
from chassis.interfaces.jsonrpc.params import Params, params_of
from chassis.interfaces.jsonrpc.peer import Events, Peer


class Method[P: Params]:
    """What a client may call; `handle` returns something that encodes as `result`.

    One that is `open_to_all` is answered before the caller has said who it is. One that `is_large`
    may have large answers: a session works on few of them at once, and not on those of a batch
    whose answers are large already. What a method subscribes to comes as `events`.
    """

    def __init__(
        self,
        name: str,
        params: type[P],
        handle: Callable[[Peer, P], Awaitable[Any]],
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
    name: str, message: type[Message[Any]], result: Any, summary: str, *, is_large: bool = False
) -> Method[Any]:
    """Return the method that hands a message to its use case; its fields are the parameters."""
    names = message.__struct_fields__

    def handle(peer: Peer, params: Params) -> Awaitable[Any]:
        return peer.bus.handle(message(**{name: getattr(params, name) for name in names}))

    return Method(name, params_of(message), handle, result, summary, is_large=is_large)
