"""Texts that are no Unicode, or deceive the eye; keys that come twice; patterns; compression."""

import gzip
import json
import zlib
from uuid import uuid4

import pytest

from tests.chassis.attacks.talk import JSON_RPC, kind_of, request, talking
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new

pytestmark = pytest.mark.parametrize("surface", JSON_RPC)

REGISTER = (
    b'{"jsonrpc":"2.0","id":1,"method":"notifications.register","params":{"notifications":'
    b'[{"receiver":"%b","action_type":"a"}]}}'
)
NO_TEXTS = {
    "a lone surrogate": b"\\ud800",
    "surrogates in the wrong order": b"\\udc00\\ud800",
    "encoded surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "overlong": b"\xc0\xaf",
    "an overlong NUL": b"\xc0\x80",
    "cut short": b"\xe2\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "Latin-1": b"\xe9",
    "a NUL": b"\\u0000",
    "a raw NUL": b"\x00",
    "a raw escape": b"\x1b[2J",
}
DECEIVING = (
    "\u202egnihton\u202c",
    "\u2066a\u2069",
    "a\u200bb",
    "\ufeffa",
    "\x1b[2Jx",
    "\u2028a",
    "ﷺ",
)
PATTERNS = (
    "*",
    "#",
    "**",
    "%",
    "_",
    "?",
    "[a-z]*",
    ".*",
    "a*",
    ".",
    "\\",
    "$",
    "'--",
    ">",
    "+",
    "{a}",
)


@pytest.mark.attack("invalid Unicode")
@pytest.mark.parametrize("text", NO_TEXTS)
async def test_a_text_that_is_none(target: Target, surface: str, text: str) -> None:
    async with talking(target, surface) as asking:
        await asking.send(REGISTER % NO_TEXTS[text])
        assert kind_of(await asking.next())[1] in ("malformed", "invalid")
        await asking.send(b'{"jsonrpc":"2.0","id":"%b","method":"rpc.discover"}' % NO_TEXTS[text])
        told = await asking.next()
        # An id is only repeated, so a NUL is as good as any other.
        assert text == "a NUL" or kind_of(told)[1] == "malformed"
        await asking.send(b'{"jsonrpc":"2.0","id":1,"method":"%b"}' % NO_TEXTS[text])
        assert kind_of(await asking.next())[1] in ("malformed", "not-found")
        assert "result" in await asking.ask("notifications.list")


@pytest.mark.attack("invalid Unicode")
async def test_names_that_deceive(target: Target, surface: str) -> None:
    """They come back as they were, and no line of the log is broken by them."""
    logged = len(target.logs)
    async with talking(target, surface) as asking:
        for name in DECEIVING:
            told = await asking.ask("notifications.register", name, notifications=[new(name)])
            assert told["id"] == name
            [identity] = told["result"]["ids"]
            while "error" in (told := await asking.ask("notifications.get", id=identity)):
                assert kind_of(told)[1] == "not-found"
            assert told["result"]["receiver"] == name
            assert kind_of(await asking.ask(f"notifications.{name}"))[1] == "not-found"
            meta = {"request_id": name, "traceparent": name}
            assert "result" in await asking.ask("notifications.list", _meta=meta)
    for line in target.logs[logged:]:
        assert line.get("request_id") not in DECEIVING


@pytest.mark.attack("duplicate keys")
@pytest.mark.parametrize("key", ("id", "method", "jsonrpc", "params", "receiver"))
async def test_a_key_that_comes_twice(target: Target, surface: str, key: str) -> None:
    """The last one counts, for what is checked and for what is done alike."""
    mine, other = f"mine-{uuid4()}", f"other-{uuid4()}"
    whole = request("notifications.register", 5, notifications=[new(mine)]).decode()
    first = {
        "id": '"id":6,',
        "method": '"method":"session.authenticate",',
        "jsonrpc": '"jsonrpc":"2.0",',
        "params": f'"params":{{"notifications":[{json.dumps(new(other))}]}},',
        "receiver": f'"receiver":"{other}",',
    }[key]
    at = whole.index('"receiver"') if key == "receiver" else 1
    async with talking(target, surface, receivers=["mine-*"]) as asking:
        await asking.send((whole[:at] + first + whole[at:]).encode())
        told = await asking.next()
        assert told["id"] == 5
        [identity] = told["result"]["ids"]
        while "error" in (told := await asking.ask("notifications.get", id=identity)):
            assert kind_of(told)[1] == "not-found"
        assert told["result"]["receiver"] == mine


@pytest.mark.attack("duplicate keys")
async def test_a_readable_receiver_in_front_of_another(target: Target, surface: str) -> None:
    async with talking(target, surface, receivers=["ada"]) as asking:
        for method in ("list", "report", "subscribe"):
            await asking.send(
                b'{"jsonrpc":"2.0","id":1,"method":"notifications.%b","params":'
                b'{"receiver":"ada","receiver":"bob"}}' % method.encode()
            )
            assert kind_of(await asking.next())[1] == "forbidden"


@pytest.mark.attack("subject that looks like a pattern")
@pytest.mark.parametrize("pattern", PATTERNS)
async def test_a_pattern_is_only_a_text(target: Target, surface: str, pattern: str) -> None:
    """A filter of one matches only the receiver of that very name."""
    async with talking(target, surface) as asking, talking(target, surface) as writing:
        opened = await asking.ask("notifications.subscribe", receiver=pattern)
        assert "result" in opened
        for receiver in ("ada", "a", f"{pattern}a", pattern):
            told = await writing.ask("notifications.register", notifications=[new(receiver)])
            assert "result" in told
        while (event := (await asking.next())["params"])["event"] != "notification":
            pass
        assert event["data"]["receiver"] == pattern
        listed = (await asking.ask_past_events("notifications.list", receiver=pattern))["result"]
        assert {each["receiver"] for each in listed["items"]} <= {pattern}


@pytest.mark.attack("subject that looks like a pattern")
async def test_a_pattern_opens_nothing(target: Target, surface: str) -> None:
    """A reader of one receiver may not ask for a pattern that would match others."""
    async with talking(target, surface, receivers=["ada"]) as asking:
        for pattern in PATTERNS:
            for method in ("list", "report", "subscribe"):
                told = await asking.ask(f"notifications.{method}", receiver=pattern)
                assert kind_of(told)[1] == "forbidden", (method, pattern)


@pytest.mark.attack("decompression bomb")
@pytest.mark.parametrize("pack", (gzip.compress, zlib.compress), ids=("gzip", "zlib"))
async def test_nothing_is_unpacked(target: Target, surface: str, pack: object) -> None:
    assert callable(pack)
    bomb = pack(b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover","x":"%b"}' % bytes(32 * 2**20))
    async with talking(target, surface, known=surface == "webrtc") as asking:
        await asking.send(bomb.replace(b"\n", b"\x0b"))
        assert kind_of(await asking.next()) == (-32700, "malformed")
