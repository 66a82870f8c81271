"""The port `Notifications`: lists are bounded in bytes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.domain.json_text import JsonText
from tests.contract.database.made import ALL, NOON, add, at
from tests.contract.database.stores import Store


@pytest.mark.parametrize("weight", (1, 300, 10**6))
async def test_a_list_ends_where_it_is_heavy_and_goes_on_behind_that(
    store: Store, weight: int
) -> None:
    texts = ("", "x" * 1000, "ж" * 50, "x" * 90, "", "🧅" * 250, "")
    now = datetime.now(UTC)
    items = [
        at(now - timedelta(days=10 * age), action_data={"a": text})
        for age, text in enumerate(texts)
    ]
    await add(store, *items)
    found, before = [], None
    async with store.work.read() as work:
        while part := await work.notifications.select(ALL, limit=5, before=before, weight=weight):
            # Up to the one with which it is reached.
            assert sum(len(item.action_data) for item in part[:-1]) < weight
            is_full = sum(len(item.action_data) for item in part) >= weight
            assert is_full or len(part) == 5 or part[-1] == items[-1]
            found += part
            before = part[-1].id
    assert found == items


async def test_what_is_stored_comes_back_to_the_letter(store: Store) -> None:
    text = JsonText(b'{"b":1.0,"a":"\xd0\xb6 \\n","big":12345678901234567890123,"e":1e-7}')
    item = replace(at(NOON), action_data=text)
    await add(store, item)
    async with store.work.read() as work:
        found = await work.notifications.get(item.id)
        assert found is not None
        assert found.notification == item
        assert await work.notifications.select(ALL, limit=1, weight=1) == [item]
