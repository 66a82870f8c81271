"""JSON that is nested far too deep, at each place of a message, and batches in batches."""

import pytest

from tests.chassis.attacks.talk import JSON_RPC, kind_of, request, talking
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new

DEPTH = 100_000
ARRAYS = b"[" * DEPTH + b"]" * DEPTH
OBJECTS = b'{"a":' * DEPTH + b"1" + b"}" * DEPTH
FIELDS = {
    "params": b'{"jsonrpc":"2.0","id":1,"method":"notifications.list","params":%b}',
    "id": b'{"jsonrpc":"2.0","id":%b,"method":"notifications.list"}',
    "method": b'{"jsonrpc":"2.0","id":1,"method":%b}',
    "an unknown field": b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover","x":%b}',
    "a parameter": (
        b'{"jsonrpc":"2.0","id":1,"method":"notifications.list","params":{"receiver":%b}}'
    ),
    "free data": (
        b'{"jsonrpc":"2.0","id":1,"method":"notifications.register","params":{"notifications":'
        b'[{"receiver":"deep","action_type":"a","action_data":%b}]}}'
    ),
    "the whole": b"%b",
    "an item of a batch": b"[%b]",
}

pytestmark = [
    pytest.mark.attack("nesting"),
    pytest.mark.parametrize("surface", JSON_RPC),
]


@pytest.mark.parametrize("inside", (ARRAYS, OBJECTS), ids=("arrays", "objects"))
@pytest.mark.parametrize("place", FIELDS)
async def test_deep_json(target: Target, surface: str, place: str, inside: bytes) -> None:
    async with talking(target, surface) as asking:
        await asking.send(FIELDS[place] % inside)
        told = await asking.next()
        [answer] = told if isinstance(told, list) else [told]
        code, kind = kind_of(answer)
        assert code in (-32700, -32600, -32602)
        assert kind in ("malformed", "invalid")
        assert "result" in await asking.ask("notifications.list")


async def test_batches_in_a_batch(target: Target, surface: str) -> None:
    one = request("notifications.register", notifications=[new("nested")])
    async with talking(target, surface) as asking:
        await asking.send(b"[[%b],[[%b]],[]]" % (one, one))
        assert [kind_of(each) for each in await asking.next()] == [(-32600, "malformed")] * 3
        assert (await asking.ask("notifications.list", receiver="nested"))["result"]["total"] == 0
