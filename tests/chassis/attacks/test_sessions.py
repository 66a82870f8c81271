"""Attacks on the session of a connection: ids, callers, and subscriptions of another."""

import json
from uuid import uuid4

import pytest

from tests.chassis.attacks.talk import JSON_RPC, LINES, kind_of, request, talking
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new
from tests.chassis.conformance.tokens import token

MANY = 64
on_all = pytest.mark.parametrize("surface", JSON_RPC)
on_lines = pytest.mark.parametrize("surface", LINES)


@pytest.mark.attack("id confusion")
@pytest.mark.parametrize("identity", (1, "1", None, 0.5, "", "x" * 100_000, "\u202e"), ids=repr)
@on_all
async def test_two_requests_with_one_id(target: Target, surface: str, identity: object) -> None:
    """Each is answered once, with that id, and they are done both."""
    receiver = f"same-{uuid4()}"
    one = request("notifications.register", identity, notifications=[new(receiver)])
    async with talking(target, surface) as asking:
        await asking.send(one)
        await asking.send(one)
        answers = [await asking.next(), await asking.next()]
        assert [each["id"] for each in answers] == [identity] * 2
        assert len({each["result"]["ids"][0] for each in answers}) == 2
        assert (await asking.ask("notifications.list", receiver=receiver))["result"]["total"] == 2


@pytest.mark.attack("id confusion")
@on_all
async def test_one_id_for_all_of_a_batch(target: Target, surface: str) -> None:
    receiver = f"batch-{uuid4()}"
    one = request("notifications.register", 7, notifications=[new(receiver)])
    async with talking(target, surface) as asking:
        await asking.send(b"[%b]" % b",".join([one] * 100))
        answers = await asking.next()
        assert [each["id"] for each in answers] == [7] * 100
        assert len({each["result"]["ids"][0] for each in answers}) == 100


@pytest.mark.attack("re-authentication")
@on_all
async def test_a_refused_token_does_not_change_the_caller(target: Target, surface: str) -> None:
    async with talking(target, surface, receivers=["ada"]) as asking:
        for bad in (token(key="another key of the tests: 0123456789"), "", "x" * 10_000, "a.b.c"):
            told = await asking.ask("session.authenticate", token=bad)
            assert kind_of(told)[1] == "unauthorized"
        assert "result" in await asking.ask("notifications.list", receiver="ada")
        told = await asking.ask("notifications.list", receiver="bob")
        assert kind_of(told)[1] == "forbidden"


@pytest.mark.attack("re-authentication")
@on_all
async def test_a_lesser_token_takes_rights_away(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        lesser = token(receivers=["ada"], scope="notifications:read")
        assert "result" in await asking.ask("session.authenticate", token=lesser)
        for method, params in (
            ("notifications.list", {"receiver": "bob"}),
            ("notifications.register", {"notifications": [new("bob")]}),
            ("notifications.subscribe", {"receiver": "bob"}),
        ):
            assert kind_of(await asking.ask(method, **params))[1] == "forbidden"


@pytest.mark.attack("re-authentication")
@on_lines
async def test_nothing_is_done_in_front_of_the_token(target: Target, surface: str) -> None:
    """Neither in a batch, nor in the same packet."""
    receiver = f"early-{uuid4()}"
    register = request("notifications.register", 1, notifications=[new(receiver)])
    shown = request("session.authenticate", 2, token=token())
    async with talking(target, surface, known=False) as asking:
        await asking.send(b"[%b,%b]" % (register, shown))
        answers = {each["id"]: each for each in await asking.next()}
        assert kind_of(answers[1])[1] == "unauthorized"
        assert "result" in answers[2]
    async with talking(target, surface, known=False) as asking:
        await asking.send(register + b"\n" + shown)
        answers = {each["id"]: each for each in (await asking.next(), await asking.next())}
        assert kind_of(answers[1])[1] == "unauthorized"
        assert (await asking.ask("notifications.list", receiver=receiver))["result"]["total"] == 0


@pytest.mark.attack("re-authentication")
@on_all
async def test_many_tokens_at_once(target: Target, surface: str) -> None:
    """The last one counts, whatever the order in which they are looked at."""
    shown = [request("session.authenticate", n, token=token()) for n in range(50)]
    shown.append(request("session.authenticate", 50, token=token(receivers=["ada"])))
    async with talking(target, surface) as asking:
        for each in shown:
            await asking.send(each)
        for _ in shown:
            assert "result" in await asking.next()
        told = await asking.ask("notifications.list", receiver="bob")
        assert kind_of(told)[1] == "forbidden"


@pytest.mark.attack("unsubscribe of another")
@on_all
async def test_nobody_ends_the_subscription_of_another(target: Target, surface: str) -> None:
    receiver = f"mine-{uuid4()}"
    async with talking(target, surface) as mine, talking(target, surface) as theirs:
        opened = await mine.ask("notifications.subscribe", receiver=receiver)
        name = opened["result"]["subscription"]
        await mine.next()
        for guess in (name, f" {name}", "0", "-1", "*", "", "1" * 10_000, "\u0661"):
            told = await theirs.ask("notifications.unsubscribe", subscription=guess)
            assert kind_of(told)[1] in ("not-found", "invalid"), guess
        await theirs.ask("notifications.register", notifications=[new(receiver)])
        while (event := (await mine.next())["params"])["event"] == "heartbeat":
            pass
        assert event["data"]["receiver"] == receiver


@pytest.mark.attack("many subscriptions")
@on_all
async def test_one_subscription_too_many(target: Target, surface: str) -> None:
    async with talking(target, surface) as asking:
        batch = [request("notifications.subscribe", n) for n in range(MANY + 1)]
        await asking.send(b"[%b]" % b",".join(batch))
        while not isinstance(told := await asking.next(), list):
            pass
        refused = [each for each in told if "error" in each]
        assert [kind_of(each)[1] for each in refused] == ["too-many"], json.dumps(refused)
