"""While a server is away the consumer waits, and tells why."""

import asyncio

import pytest

from chassis.application.consuming import consumer
from chassis.application.errors import Unavailable
from tests.chassis.unit.application.consuming.support import Setting, deliveries


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "FIRST_PAUSE", 0.0)


async def reason(setting: Setting) -> str | None:
    try:
        await setting.consumer.check()
    except Unavailable as error:
        return str(error)
    return None


async def test_it_is_not_ready_before_its_queue_is_declared(setting: Setting) -> None:
    assert await reason(setting) == "the consumer waits: it has just started"
    assert {f"events_retried:{kind}" for kind in ("a", "b", "c.v2")} <= setting.metrics.zeros


async def test_nothing_is_received_until_the_database_is_well(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("a", "away"))
    setting.database.is_away = True
    starts, asked = setting.broker.starts, setting.database.asked

    for _ in range(3):
        assert await setting.consumer.step() is False
        with pytest.raises(Unavailable):
            await setting.consumer.rest()

    assert (setting.broker.starts, setting.database.asked) == (starts, asked + 3)
    assert await reason(setting) == "the consumer waits: the database does not answer"

    setting.database.is_away = False
    await setting.consume(("a", "1"))
    assert await reason(setting) is None
    assert setting.broker.settled == [("requeue", 1), ("ack", 1)]


async def test_a_queue_that_the_broker_refuses_is_told(setting: Setting) -> None:
    setting.broker.problem = "the queue exists with other arguments"

    with pytest.raises(Unavailable):
        await setting.consumer.rest()
    assert await reason(setting) == "the consumer waits: the queue exists with other arguments"

    setting.broker.problem = None
    await setting.consume(("a", "1"))
    assert await reason(setting) is None


async def test_it_is_well_while_it_waits_for_deliveries(setting: Setting) -> None:
    setting.broker.problem = "away"
    with pytest.raises(Unavailable):
        await setting.consumer.rest()
    setting.broker.problem = None

    resting = asyncio.create_task(setting.consumer.rest())
    for _ in range(5):
        await asyncio.sleep(0)

    assert await reason(setting) is None
    resting.cancel()


async def test_a_database_that_seems_well_and_is_not_is_asked_ever_more_rarely(
    setting: Setting, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "FIRST_PAUSE", 0.1)
    for _ in range(8):
        with pytest.raises(Unavailable):
            await setting.handle(*deliveries(("a", "away")))
    await setting.handle(*deliveries(("a", "1")))
    await setting.handle(*deliveries(("a", "2")))

    assert waits == [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 0]
