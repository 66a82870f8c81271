import asyncio
from collections.abc import AsyncGenerator

import pytest

from chassis.application import rerouter as module
from chassis.application.errors import Unavailable
from chassis.application.ports.dead_letter_queue import DeadLetter
from chassis.application.ports.unrouted import Rerouted
from chassis.application.rerouter import Rerouter
from tests.unit.support import RecordingMetrics, lines


class Unrouted:
    """Gives the batches of one round after the other."""

    def __init__(self, *rounds: list[Rerouted | Exception]) -> None:
        self.rounds = list(rounds)
        self.messages = 0
        self.open = 0
        self.limits: list[int] = []

    def walk(self) -> AsyncGenerator[DeadLetter]:
        raise AssertionError("a round does not walk")

    async def count(self) -> int:
        return self.messages

    async def route(self, limit: int) -> AsyncGenerator[Rerouted]:
        self.open += 1
        self.limits.append(limit)
        try:
            for batch in self.rounds.pop(0):
                if isinstance(batch, Exception):
                    raise batch
                yield batch
        finally:
            self.open -= 1


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 0.0)
    monkeypatch.setattr(module, "INTERVAL", 0.0)


async def round_of(rerouter: Rerouter) -> int:
    """Wait for a round, take its steps, and return how many batches it had."""
    await rerouter.rest()
    count = 0
    while await rerouter.step():
        count += 1
    return count


async def test_a_round_is_a_step_for_each_batch(metrics: RecordingMetrics) -> None:
    unrouted = Unrouted([Rerouted(500, 500, {}), Rerouted(200, 150, {})])
    unrouted.messages = 700
    rerouter = Rerouter(unrouted, metrics)

    assert await round_of(rerouter) == 2

    assert metrics.counters == {"messages_rerouted": 650}
    assert metrics.observed["actor_batch_size:rerouter"] == [500, 200]
    assert metrics.gauges["unrouted_messages"] == 50
    assert unrouted.open == 0


async def test_where_nothing_lies_nothing_is_tried(metrics: RecordingMetrics) -> None:
    rerouter = Rerouter(Unrouted(), metrics)

    assert await round_of(rerouter) == 0

    assert metrics.zeros >= {"messages_rerouted"}
    assert metrics.gauges["unrouted_messages"] == 0


async def test_no_round_begins_before_the_first_rest(metrics: RecordingMetrics) -> None:
    unrouted = Unrouted([Rerouted(1, 1, {})])
    unrouted.messages = 1
    rerouter = Rerouter(unrouted, metrics)

    assert await rerouter.step() is False

    assert metrics.gauges["unrouted_messages"] == 0
    assert unrouted.limits == []
    assert await round_of(rerouter) == 1
    assert unrouted.limits == [module.BATCH]


async def test_messages_that_came_during_a_round_leave_no_negative_count(
    metrics: RecordingMetrics,
) -> None:
    unrouted = Unrouted([Rerouted(3, 3, {})])
    unrouted.messages = 1

    await round_of(Rerouter(unrouted, metrics))

    assert metrics.gauges["unrouted_messages"] == 0


async def test_a_binding_that_was_told_is_not_told_again_after_another(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    orders, invoices = Rerouted(1, 0, {"order.#": 1}), Rerouted(1, 0, {"invoice.#": 1})
    unrouted = Unrouted([orders], [invoices], [orders])
    unrouted.messages = 2
    rerouter = Rerouter(unrouted, metrics)

    for _ in range(3):
        await round_of(rerouter)

    told = lines(caplog, "no queue takes these messages")
    assert [line["bindings"] for line in told] == ["order.# (1)", "invoice.# (1)"]
    assert [line["messages"] for line in told] == [2, 2]


async def test_what_no_queue_takes_is_told_once_for_each_binding(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    orders = Rerouted(1, 0, {"order.#": 1})
    both = Rerouted(3, 0, {"order.#": 1, "invoice.#": 2})
    unrouted = Unrouted([orders], [orders], [both], [orders])
    unrouted.messages = 3
    rerouter = Rerouter(unrouted, metrics)

    for _ in range(4):
        await round_of(rerouter)

    told = [line["bindings"] for line in lines(caplog, "no queue takes these messages")]
    assert told == ["order.# (1)", "invoice.# (2), order.# (1)"]


async def test_what_was_told_is_told_again_after_all_was_taken(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    unrouted = Unrouted([Rerouted(1, 0, {"order.#": 1})], [Rerouted(1, 0, {"order.#": 1})])
    rerouter = Rerouter(unrouted, metrics)

    for messages in (1, 0, 1):
        unrouted.messages = messages
        await round_of(rerouter)

    assert len(lines(caplog, "no queue takes these messages")) == 2


async def test_an_outage_ends_the_round_and_the_next_one_begins_anew(
    metrics: RecordingMetrics,
) -> None:
    away = Unavailable("the broker does not answer")
    unrouted = Unrouted([Rerouted(500, 500, {}), away], [Rerouted(7, 7, {})])
    unrouted.messages = 507
    rerouter = Rerouter(unrouted, metrics)

    with pytest.raises(Unavailable):
        await round_of(rerouter)
    assert unrouted.open == 0
    assert await round_of(rerouter) == 1

    assert metrics.counters == {"messages_rerouted": 507}


async def test_a_stop_gives_back_what_is_in_hand(metrics: RecordingMetrics) -> None:
    unrouted = Unrouted([Rerouted(1, 1, {})] * 1_000_000)
    unrouted.messages = 1_000_000
    rerouter = Rerouter(unrouted, metrics)
    stopping = asyncio.Event()
    running = asyncio.create_task(rerouter.run(stopping))
    while not unrouted.open:
        await asyncio.sleep(0)

    stopping.set()
    await running

    assert unrouted.open == 0


async def test_the_first_round_comes_soon_and_the_others_at_the_interval(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST", 2.0)
    monkeypatch.setattr(module, "INTERVAL", 15.0)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    rerouter = Rerouter(Unrouted(), metrics)
    assert not await rerouter.step()
    for _ in range(100):
        await rerouter.rest()

    assert 1.6 <= waits.pop(0) <= 2.4
    assert 12 <= min(waits) < max(waits) <= 18
