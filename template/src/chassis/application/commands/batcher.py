"""Commands in batches: one transaction stores all waiting requests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from chassis.application.actors.batcher import Batcher
from chassis.application.errors import KeyReused
from chassis.application.ports.idempotency import Key, Remembered
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.signal import Signal
from chassis.application.ports.work import MachineryWork, Transaction

ACCEPTED = Counter(
    "items_accepted", "Items whose callers were answered with an id.", ("operation",)
)

# Bytes that Python takes for the objects of an item, in addition to its texts, about.
OBJECTS = 1024
# The text as received, as stored, and as published. The encoder also reserves half as much memory
# after its output.
COPIES = 4

type Ids = tuple[UUID, ...]
type Store = Callable[[Transaction, Sequence[Any]], Awaitable[None]]


class Command(Struct, frozen=True):
    """One request, checked and encoded: it is stored whole, or not at all.

    `store` is called once for the `items` of all commands of a batch that name it, and
    `envelopes` are the events to publish. `ids` is the answer, also to the next request that has
    the same `key` and `request_hash`.
    """

    operation: str
    store: Store
    items: Sequence[Any]
    envelopes: Sequence[Envelope]
    ids: Ids
    key: Key | None = None
    request_hash: bytes = b""


class CommandBatcher(Batcher[Command, Ids]):
    """Answers each command once its items and its events are committed."""

    def __init__(self, work: MachineryWork, signal: Signal, metrics: Metrics) -> None:
        super().__init__("commands", self._store, metrics)
        self._work = work
        self._signal = signal
        self._has_stored = False

    async def execute(self, command: Command) -> Ids:
        """Return the new ids, or the earlier ones of the same key and request.

        Raises `KeyReused`, `ConstraintViolated`, `Busy` or `Unavailable`; then nothing was stored.
        """
        return await self.ask(command, _weight(command.envelopes))

    async def step(self) -> bool:
        """Store the waiting requests; the callers, who have waited for longer, run first."""
        is_busy = await super().step()
        if self._has_stored:
            self._has_stored = False
            # The callers run before this task does again. The loop sends their answers at the end
            # of that turn, before the first statement of a relay in this process.
            await asyncio.sleep(0)
            await self._signal.notify()
        return is_busy

    async def _store(self, asked: Sequence[Command]) -> list[Ids | Exception]:
        # The first command with a key represents all commands with it.
        first = {each.key: each for each in reversed(asked) if each.key is not None}
        requests = [(key, Remembered(each.request_hash, each.ids)) for key, each in first.items()]
        async with self._work.begin() as work:
            earlier = await work.idempotency.remember(requests) if requests else {}
            new = [
                each
                for each in asked
                if each.key is None or (first[each.key] is each and each.key not in earlier)
            ]
            for store, items in _by_store(new).items():
                await store(work.transaction, items)
            await work.outbox.add([item for each in new for item in each.envelopes])
        for each in new:
            self._metrics.count(ACCEPTED, each.operation, amount=len(each.ids))
        self._has_stored |= bool(new)
        known = dict(requests) | earlier
        return [each.ids if each.key is None else _answer(each, known[each.key]) for each in asked]


def _by_store(commands: Sequence[Command]) -> dict[Store, list[Any]]:
    by_store: dict[Store, list[Any]] = {}
    for each in commands:
        by_store.setdefault(each.store, []).extend(each.items)
    return by_store


def _weight(envelopes: Sequence[Envelope]) -> int:
    """Return about how many bytes events take together with their sources."""
    return sum([OBJECTS + COPIES * len(envelope.body) for envelope in envelopes])


def _answer(asked: Command, known: Remembered) -> Ids | Exception:
    if asked.request_hash != known.request_hash:
        return KeyReused("this Idempotency-Key was used with another body")
    return known.ids
