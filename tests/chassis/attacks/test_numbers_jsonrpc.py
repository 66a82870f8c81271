"""Numbers that nothing can hold: ids, pages, sizes, times."""

import json

import pytest

from tests.chassis.attacks.talk import JSON_RPC, kind_of, talking
from tests.chassis.attacks.target import Target

pytestmark = [
    pytest.mark.attack("numbers out of range"),
    pytest.mark.parametrize("surface", JSON_RPC),
]

LIST = b'{"jsonrpc":"2.0","id":%b,"method":"notifications.list","params":%b}'
REFUSED_IDS = (b"1e400", b"-1e400", b"1" + b"0" * 5000, b"NaN", b"Infinity", b"0x1", b"true", b"[]")
ANSWERED_IDS = (b"18446744073709551616", b"-9223372036854775809", b"1" * 300, b"0.5", b"null")
PARAMS = (
    *(b'{"page":0}', b'{"page":-1}', b'{"page":9223372036854775808}', b'{"page":1e400}'),
    *(b'{"page":1.5}', b'{"page":10000,"size":200}', b'{"page":%b}' % (b"9" * 4000)),
    *(b'{"size":0}', b'{"size":201}', b'{"size":-1}', b'{"size":1e19}', b'{"size":NaN}'),
    *(b'{"since":"10000-01-01T00:00:00Z"}', b'{"since":1e400}', b'{"until":"0000-00-00T00:00Z"}'),
)


@pytest.mark.parametrize("identity", REFUSED_IDS, ids=lambda each: each[:12].decode())
async def test_an_id_that_is_none(target: Target, surface: str, identity: bytes) -> None:
    async with talking(target, surface) as asking:
        await asking.send(LIST % (identity, b"{}"))
        told = await asking.next()
        assert told["id"] is None
        assert kind_of(told) in ((-32600, "malformed"), (-32700, "malformed"))
        assert "result" in await asking.ask("notifications.list")


async def test_an_id_that_is_large(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        for identity in ANSWERED_IDS:
            await asking.send(LIST % (identity, b"{}"))
            told = await asking.next()
            assert "result" in told
            assert told["id"] == json.loads(identity)


async def test_parameters_out_of_range(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        for params in PARAMS:
            await asking.send(LIST % (b"1", params))
            assert kind_of(await asking.next())[1] in ("invalid", "malformed"), params
        assert "result" in await asking.ask("notifications.list")


async def test_a_cursor_of_numbers_out_of_range(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        for cursor in ("1.99999999999999999999999", "-1.-1", "9" * 200, "1e400.1", "٣.٣", "\0"):
            told = await asking.ask("notifications.subscribe", cursor=cursor)
            if "result" in told:
                event = await asking.next()
                assert event["params"]["event"] == "reset", cursor
                break
            assert kind_of(told)[1] in ("invalid", "malformed"), cursor
