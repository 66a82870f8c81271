from typing import Any

import pytest

from tests.chassis.conformance.driver import Driver
from tests.chassis.conformance.support import failed, listed, new

BAD = (
    (new(receiver=""), "receiver"),
    (new(receiver="x" * 65), "receiver"),
    (new(receiver="ж" * 60), "receiver"),
    (new(receiver="a\0b"), "receiver"),
    (new(action_type="x" * 65), "action_type"),
    (new(action_data={"a": {"b": "c\0d"}}), "action_data"),
    (new(actioner="x" * 65), "actioner"),
)


async def test_one_is_accepted_and_can_be_read(caller: Driver) -> None:
    data = {"text": "Zoë 😀", "whole": 2**53 + 1, "part": 0.1, "list": [None, True, {"a": "b"}]}
    given = new(action_data=data, actioner="bob", fired_at="2030-01-31T12:00:00.123456Z")

    (identity,) = await caller.register([given])

    found = await caller.get(identity)
    assert found["id"] == identity
    assert {name: found[name] for name in given} == given
    assert found["is_seen"] is False


async def test_many_are_accepted_in_the_callers_order(caller: Driver) -> None:
    ids = await caller.register([new(receiver=f"r{number}") for number in range(50)])

    assert len(set(ids)) == 50
    found = await listed(caller, 50)
    assert [item["receiver"] for item in found] == [f"r{number}" for number in reversed(range(50))]


async def test_the_same_key_and_request_give_the_same_ids(caller: Driver) -> None:
    first = await caller.register([new(), new("bob")], key="once")
    again = await caller.register([new(), new("bob")], key="once")

    assert first == again
    assert len(await listed(caller, 2)) == 2


async def test_the_same_key_with_another_request_is_refused(caller: Driver) -> None:
    await caller.register([new()], key="once")

    error = await failed(caller.register([new("bob")], key="once"))

    assert error.kind == "key-reused"
    assert len(await listed(caller, 1)) == 1


async def test_a_bad_one_is_refused_by_the_name_of_its_field(
    caller: Driver, subtests: pytest.Subtests
) -> None:
    for given, field in BAD:
        with subtests.test(str(given)):
            error = await failed(caller.register([new(), given]))

            assert error.kind in ("invalid", "malformed"), error
            assert error.field is not None
            assert field in error.field
            # All or nothing.
            assert (await caller.list())["total"] == 0


async def test_none_at_all_is_refused(caller: Driver) -> None:
    assert (await failed(caller.register([]))).kind in ("invalid", "malformed")


@pytest.mark.parametrize("own", ({"MAX_BATCH": "3"},))
async def test_too_many_at_once_are_refused(caller: Driver) -> None:
    assert (await failed(caller.register([new()] * 4))).kind == "too-many"
    assert len(await caller.register([new()] * 3)) == 3


@pytest.mark.parametrize("own", ({"MAX_BODY": "4096"},))
async def test_too_large_a_request_is_refused(connect: Any) -> None:
    async with connect() as caller:
        error = await failed(caller.register([new(action_data={"text": "x" * 5000})]))
    assert error.kind == "too-large"

    async with connect() as caller:
        assert len(await caller.register([new(action_data={"text": "x" * 2000})])) == 1


@pytest.mark.parametrize("own", ({"RATE_LIMIT": "0.5", "RATE_BURST": "3"},))
async def test_whoever_asks_too_often_is_told_when_to_come_back(caller: Driver) -> None:
    for _ in range(3):
        await caller.register([new()])

    error = await failed(caller.register([new()]))

    assert error.kind == "rate-limited"
    assert error.retry_after is not None
    assert 0 < error.retry_after <= 2
