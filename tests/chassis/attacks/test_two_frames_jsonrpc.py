"""Two messages where one is expected, over JSON-RPC: nothing of both is done."""

from uuid import uuid4

import pytest

from tests.chassis.attacks.talk import JSON_RPC, Asking, kind_of, request, talking
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new

pytestmark = [
    pytest.mark.attack("two frames where one is expected"),
    pytest.mark.parametrize("surface", JSON_RPC),
]


async def count(asking: Asking, receiver: str) -> int:
    """Return how many notifications one has got."""
    told = await asking.ask("notifications.list", 99, receiver=receiver)
    return int(told["result"]["total"])


@pytest.mark.parametrize(
    "between", (b"", b" ", b"\r", b"\t", b",", b"\x00", b"\x1e", b"\xef\xbb\xbf")
)
async def test_two_requests_in_one_message(target: Target, surface: str, between: bytes) -> None:
    receiver = f"two-{uuid4()}"
    one = request("notifications.register", notifications=[new(receiver)])
    async with talking(target, surface) as asking:
        await asking.send(one + between + one)
        assert kind_of(await asking.next()) == (-32700, "malformed")
        assert await count(asking, receiver) == 0


async def test_two_batches_in_one_message(target: Target, surface: str) -> None:
    receiver = f"two-{uuid4()}"
    one = b"[%b]" % request("notifications.register", notifications=[new(receiver)])
    async with talking(target, surface) as asking:
        await asking.send(one + one)
        assert kind_of(await asking.next()) == (-32700, "malformed")
        assert await count(asking, receiver) == 0


async def test_an_answer_where_a_request_is_expected(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        await asking.send(b'{"jsonrpc":"2.0","id":1,"result":{"ids":[]}}')
        assert kind_of(await asking.next()) == (-32600, "malformed")
        assert "result" in await asking.ask("notifications.list")
