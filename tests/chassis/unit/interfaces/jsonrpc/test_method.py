"""Methods that hand a message to its use case."""

from typing import Any, cast

import msgspec
import pytest
from msgspec import Raw

from chassis.application.commands.idempotency_key import IdempotencyKey
from chassis.application.message import Accepted, CommandMessage
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.method import Method, asks
from chassis.interfaces.jsonrpc.params import decode_params
from chassis.interfaces.jsonrpc.session_context import SessionContext


class Place(CommandMessage[Accepted], frozen=True):
    """Accept an order.

    The same key gives the same id again.
    """

    product: str
    idempotency_key: IdempotencyKey | None = None


class _Session:
    """A session whose bus gives back each message."""

    def __init__(self) -> None:
        self.bus = self

    async def handle(self, message: Any) -> Any:
        return message


async def ask(method: Method[Any], params: bytes) -> Any:
    session = cast(SessionContext, _Session())
    return await method.handle(session, decode_params(method.decoder, Raw(params)))


def test_the_message_has_the_result_and_the_summary() -> None:
    method = asks("orders.place", Place)

    assert (method.result, method.summary) == (Accepted, "Accept an order")


def test_another_result_and_summary_are_taken_as_they_are() -> None:
    method = asks("orders.place", Place, dict[str, Any], "Place it")

    assert (method.result, method.summary) == (dict[str, Any], "Place it")


@pytest.mark.parametrize(
    ("params", "message"),
    (
        (b'{"product":"tea"}', Place(product="tea")),
        (b'{"product":"tea","idempotency_key":"k"}', Place(product="tea", idempotency_key="k")),
    ),
)
async def test_the_parameters_are_the_fields(params: bytes, message: Place) -> None:
    assert await ask(asks("orders.place", Place), params) == message


@pytest.mark.parametrize("key", ("", "a b", "x" * 256))
async def test_a_malformed_key_is_refused(key: str) -> None:
    params = msgspec.json.encode({"product": "tea", "idempotency_key": key})
    with pytest.raises(Invalid, match="idempotency_key"):
        await ask(asks("orders.place", Place), params)
