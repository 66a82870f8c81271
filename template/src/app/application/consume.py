"""The consumer: takes deliveries off the broker, has them handled, and only then acks them."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from app.application.actors.actor import Actor
from app.application.context import new_context, use_context
from app.application.errors import Unavailable
from app.application.event import Event
from app.application.ports.codec import Codec, Undecodable
from app.application.ports.metrics import Counter, Metrics
from app.application.ports.subscription import Delivery, Subscription

log = logging.getLogger(__name__)

BATCH = 500
# Characters of a reason, which may quote what a stranger sent.
LOGGED = 1000

RECEIVED = Counter("events_received", "Deliveries of the broker, again ones too.")
PARKED = Counter("events_parked", "Messages that were set aside among the dead letters.")


class Fault(Struct, frozen=True):
    """An event that can never be handled, and why."""

    event: Event
    reason: str


class EventHandler(Protocol):
    """A use case for a batch of events of one type."""

    async def __call__(self, events: Sequence[Event]) -> list[Fault]:
        """Handle what can be handled and return the rest; raises `Unavailable` to try all again."""
        ...


type EventHandlerFactory = Callable[[], EventHandler]


class _Batch:
    """The deliveries of one batch, and which of them are not settled yet."""

    def __init__(
        self, subscription: Subscription, metrics: Metrics, deliveries: Sequence[Delivery]
    ) -> None:
        self._subscription = subscription
        self._metrics = metrics
        self._unsettled = {delivery.tag: delivery for delivery in deliveries}

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Ack what has been handled."""
        await self._subscription.ack(deliveries)
        for delivery in deliveries:
            del self._unsettled[delivery.tag]

    async def park(self, delivery: Delivery, reason: str, event: Event | None = None) -> None:
        """Park what can never be handled."""
        await self._subscription.park(delivery, reason)
        del self._unsettled[delivery.tag]
        self._metrics.count(PARKED)
        log.error(
            "message parked",
            extra={"reason": reason[:LOGGED], "event_id": str(event.id) if event else None},
        )

    async def requeue(self) -> None:
        """Give back what is neither acked nor parked."""
        await self._subscription.requeue(list(self._unsettled.values()))


class Consumer(Actor):
    """Hands each event type of a batch to its handler.

    A delivery is acked once its handler has committed, parked where no retry can help, and
    otherwise given back to the broker.
    """

    def __init__(
        self,
        subscription: Subscription,
        codec: Codec,
        handlers: Mapping[str, EventHandlerFactory],
        metrics: Metrics,
    ) -> None:
        super().__init__("consumer", metrics)
        self._subscription = subscription
        self._codec = codec
        self._handlers = handlers
        self._received: list[Delivery] = []
        for counter in (RECEIVED, PARKED):
            metrics.count(counter, amount=0)

    async def step(self) -> bool:
        """Handle what was received; raises `Unavailable` once what is not settled is given back."""
        deliveries, self._received = self._received, []
        if deliveries:
            self._measure(len(deliveries))
            self._metrics.count(RECEIVED, amount=len(deliveries))
            await self.consume(deliveries)
        return bool(deliveries)

    async def rest(self) -> None:
        """Wait for deliveries."""
        self._received = await self._subscription.receive(BATCH)

    async def consume(self, deliveries: Sequence[Delivery]) -> None:
        """Handle one batch; raises `Unavailable` once it has given back what is not settled."""
        batch = _Batch(self._subscription, self._metrics, deliveries)
        kinds, unknown = self._decode(deliveries)
        try:
            for kind, pairs in kinds.items():
                await self._handle(batch, kind, pairs)
            # Last: while the broker takes no messages, the others have been handled all the same.
            for delivery, reason, event in unknown:
                await batch.park(delivery, reason, event)
        except BaseException:
            await batch.requeue()
            raise

    def _decode(
        self, deliveries: Sequence[Delivery]
    ) -> tuple[dict[str, list[tuple[Delivery, Event]]], list[tuple[Delivery, str, Event | None]]]:
        """Return the events by type, and the deliveries to park with the reason."""
        kinds: dict[str, list[tuple[Delivery, Event]]] = defaultdict(list)
        unknown: list[tuple[Delivery, str, Event | None]] = []
        for delivery in deliveries:
            try:
                event = self._codec.decode(delivery.body)
            except Undecodable as error:
                unknown.append((delivery, f"undecodable: {error}", None))
                continue
            if event.type in self._handlers:
                kinds[event.type].append((delivery, event))
            else:
                unknown.append((delivery, f"unknown type: {event.type}", event))
        return kinds, unknown

    async def _handle(
        self, batch: _Batch, kind: str, pairs: Sequence[tuple[Delivery, Event]]
    ) -> None:
        try:
            faults = await self._handlers[kind]()([event for _, event in pairs])
        except Unavailable:
            raise
        except Exception as error:
            if len(pairs) == 1:
                log.exception("an event cannot be handled")
                await batch.park(pairs[0][0], f"failed: {error}", pairs[0][1])
                return
            # One bad event must not fail its neighbours: alone, each stands for itself.
            for pair in pairs:
                await self._handle(batch, kind, [pair])
            return
        reasons = {id(fault.event): fault.reason for fault in faults}
        await batch.ack([d for d, event in pairs if id(event) not in reasons])
        for delivery, event in pairs:
            self._log(event)
            if id(event) in reasons:
                await batch.park(delivery, f"refused: {reasons[id(event)]}", event)

    def _log(self, event: Event) -> None:
        if log.isEnabledFor(logging.DEBUG):
            with use_context(new_context(event.request_id, event.traceparent)):
                log.debug("event handled", extra={"event_id": str(event.id), "type": event.type})
