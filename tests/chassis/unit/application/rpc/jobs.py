"""Jobs of the tests, and what a worker makes of one call."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from chassis.application.context import Context, current_context
from chassis.application.errors import Busy, NotFound, Unavailable
from chassis.application.message import Message
from chassis.application.ports.rpc import ReceivedCall, RpcRequest
from chassis.application.ports.tracing import Tracing
from chassis.application.rpc.call_handling import CallHandling
from chassis.application.tracing.no_tracing import NoTracing
from chassis.domain.errors import Invalid

SIZE = 100


class Do(Message[object], frozen=True):
    """Does what its name says."""

    what: str


class Repeat(Message[object], frozen=True):
    """May be done again."""

    is_idempotent: ClassVar[bool] = True

    what: str


DEEDS: Mapping[str, Callable[[], object]] = {
    "long": lambda: "x" * (SIZE - len('{"result":""}')),
    "longer": lambda: "x" * (SIZE - len('{"result":""}') + 1),
    "odd": object,
}
ERRORS: Mapping[str, Exception] = {
    "absent": NotFound("there is no kiln"),
    "bad": Invalid("what", "must be good"),
    "away": Unavailable("db:5432 does not answer"),
    "busy": Busy("too much", 7),
    "bug": KeyError("secret"),
    "late": TimeoutError("of its own"),
}


class Doer:
    """The handler of both."""

    contexts: ClassVar[list[Context | None]] = []

    async def __call__(self, message: Do | Repeat) -> object:
        self.contexts.append(current_context())
        if message.what in ERRORS:
            raise ERRORS[message.what]
        if message.what == "slow":
            await asyncio.sleep(1000)
        return DEEDS.get(message.what, lambda: f"did {message.what}")()


def call(body: bytes, job: str = "Do", *, is_redelivered: bool = False) -> ReceivedCall:
    """Return a call as a worker gets it."""
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    request = RpcRequest(
        id="1", job=job, body=body, within=5.0, request_id="r-1", traceparent=traceparent
    )
    return ReceivedCall(1, request, "caller", is_redelivered)


def asked(what: str, job: str = "Do", *, is_redelivered: bool = False) -> ReceivedCall:
    """Return a call to do that."""
    return call(json.dumps({"what": what}).encode(), job, is_redelivered=is_redelivered)


async def handled(received: ReceivedCall, tracing: Tracing | None = None) -> tuple[str, Any]:
    """Return the outcome and the reply."""
    handling = CallHandling({Do: Doer, Repeat: Doer}, SIZE, tracing or NoTracing())
    outcome, reply = await handling.handle(received)
    assert reply is not None
    return outcome, json.loads(reply)
