"""The port `Idempotency`."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from chassis.application.ports.idempotency import Key, Remembered
from chassis.domain.ids import new_id
from tests.contract.database.stores import IDEMPOTENCY_TTL, Store

OPERATION = "notifications.register"
TTL = IDEMPOTENCY_TTL.total_seconds()


async def remember(
    store: Store,
    ids: Sequence[UUID],
    caller: str = "ada",
    key: str = "k",
    operation: str = OPERATION,
    digest: bytes = b"\0\xff",
) -> Remembered | None:
    async with store.work.begin() as work:
        mine = Key(operation, caller, key)
        earlier = await work.idempotency.remember([(mine, Remembered(digest, tuple(ids)))])
        assert earlier.keys() <= {mine}
        return earlier.get(mine)


def forgotten(store: Store) -> datetime:
    return store.clock() - IDEMPOTENCY_TTL


def two_ids(store: Store) -> tuple[UUID, ...]:
    return new_id(store.clock()), new_id(store.clock())


async def test_the_first_request_takes_the_key(store: Store) -> None:
    ids = two_ids(store)
    assert await remember(store, ids) is None
    assert await remember(store, two_ids(store), digest=b"other") == Remembered(b"\0\xff", ids)
    assert await remember(store, two_ids(store)) == Remembered(b"\0\xff", ids)


async def test_keys_belong_to_their_caller(store: Store) -> None:
    assert await remember(store, two_ids(store)) is None
    assert await remember(store, two_ids(store), caller="bob") is None
    assert await remember(store, two_ids(store), key="K") is None


async def test_the_same_key_of_another_operation_is_another_key(store: Store) -> None:
    first, second = two_ids(store), two_ids(store)
    assert await remember(store, first) is None
    assert await remember(store, second, operation="orders.place") is None
    assert await remember(store, two_ids(store)) == Remembered(b"\0\xff", first)
    assert await remember(store, (), operation="orders.place") == Remembered(b"\0\xff", second)


async def test_a_forgotten_key_is_taken_over_in_its_operation_alone(store: Store) -> None:
    first, second = two_ids(store), two_ids(store)
    assert await remember(store, first) is None
    store.clock.turn(seconds=TTL / 2)
    assert await remember(store, second, operation="orders.place") is None
    store.clock.turn(seconds=TTL / 2)
    assert await remember(store, first) is None
    assert await remember(store, (), operation="orders.place") == Remembered(b"\0\xff", second)


async def test_a_key_is_forgotten_after_its_time(store: Store) -> None:
    first, second = two_ids(store), two_ids(store)
    assert await remember(store, first) is None
    store.clock.turn(seconds=TTL - 1)
    assert await remember(store, second) == Remembered(b"\0\xff", first)
    store.clock.turn(seconds=1)
    assert await remember(store, second, digest=b"new") is None
    store.clock.turn(seconds=TTL - 1)
    assert await remember(store, first) == Remembered(b"new", second)


async def test_a_transaction_that_fails_gives_the_key_back(store: Store) -> None:
    async def fail() -> None:
        async with store.work.begin() as work:
            request = Remembered(b"", two_ids(store))
            assert not await work.idempotency.remember([(Key(OPERATION, "ada", "k"), request)])
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        await fail()
    assert await remember(store, two_ids(store)) is None


async def test_of_many_at_once_one_takes_the_key(store: Store) -> None:
    for _ in range(2):  # a new key, then one whose time is over
        answers = await asyncio.gather(*(remember(store, two_ids(store)) for _ in range(20)))
        assert answers.count(None) == 1
        assert len({answer.ids for answer in answers if answer}) == 1
        store.clock.turn(seconds=TTL)


async def test_many_keys_are_taken_at_once_and_only_the_earlier_ones_come_back(
    store: Store,
) -> None:
    forgotten, known, new = (Key(OPERATION, "ada", name) for name in ("forgotten", "known", "new"))
    await remember(store, two_ids(store), key=forgotten.name)
    store.clock.turn(seconds=TTL)
    ids = two_ids(store)
    await remember(store, ids, key=known.name)
    requests = [(key, Remembered(b"2", two_ids(store))) for key in (new, known, forgotten)]

    async with store.work.begin() as work:
        assert await work.idempotency.remember([]) == {}
        earlier = await work.idempotency.remember(requests)
    async with store.work.begin() as work:
        again = await work.idempotency.remember(
            [(key, Remembered(b"3", ())) for key, _ in requests]
        )

    assert earlier == {known: Remembered(b"\0\xff", ids)}
    assert again == dict(requests) | earlier


async def test_two_who_take_the_same_keys_in_other_orders_do_not_wait_for_each_other(
    store: Store,
) -> None:
    keys = [Key(OPERATION, "ada", f"{number:02}") for number in range(40)]

    async def take(order: list[Key]) -> int:
        async with store.work.begin() as work:
            requests = [(key, Remembered(b"", ())) for key in order]
            return len(keys) - len(await work.idempotency.remember(requests))

    for _ in range(5):  # new keys at first, then some whose time is over
        taken = await asyncio.gather(*(take(keys[n:] + keys[:n]) for n in range(0, 40, 8)))
        assert sorted(taken) == [0, 0, 0, 0, 40]
        store.clock.turn(seconds=TTL)


async def test_keys_whose_time_is_over_are_pruned_in_steps(store: Store) -> None:
    for number in range(5):
        await remember(store, two_ids(store), key=f"old {number}")
    store.clock.turn(seconds=TTL)
    ids = two_ids(store)
    assert await remember(store, ids, key="new") is None
    steps = []
    for _ in range(3):
        async with store.work.begin() as work:
            steps.append(await work.idempotency.prune(forgotten(store), limit=2))
    assert steps == [True, True, False]
    # Turned back, the clock shows which ones are still there.
    store.clock.turn(seconds=-TTL)
    assert await remember(store, two_ids(store), key="old 0") is None
    assert await remember(store, two_ids(store), key="new") == Remembered(b"\0\xff", ids)


async def test_pruning_comes_between_nobody_and_their_key(store: Store) -> None:
    async def prune() -> None:
        async with store.work.begin() as work:
            await work.idempotency.prune(forgotten(store), limit=10)

    for _ in range(10):
        answers, _ = await asyncio.gather(
            asyncio.gather(*(remember(store, two_ids(store)) for _ in range(6))),
            asyncio.gather(*(prune() for _ in range(3))),
        )
        assert answers.count(None) == 1
        store.clock.turn(seconds=TTL)
