"""The consumer: takes deliveries from the broker, has them handled, and only then acks them."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chassis.application.actors.actor import Actor
from chassis.application.consuming.background_task import BackgroundTask
from chassis.application.consuming.failure_handler import LARGEST_BATCH, RETRIED, FailureHandler
from chassis.application.consuming.handler import EventHandler, Handled, NotYet
from chassis.application.consuming.upcasting import UnknownType, Upcasting
from chassis.application.context import new_context, use_context
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.ports.codec import Codec, Undecodable
from chassis.application.ports.health import Health
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.subscription import Delivery, Subscription

log = logging.getLogger(__name__)

# Seconds: the pause grows from one to the other while batches are requeued again and again.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
# Seconds that buffered deliveries may wait for room in the failure handler, before a requeue.
FULL = 5.0

RECEIVED = Counter("events_received", "Deliveries of the broker, redeliveries included.")

type Pair = tuple[Delivery, Event]


class Consumer(Actor):
    """Passes each batch to `handle`, and acks the deliveries whose events are stored.

    A message that fails by itself is rejected. While a server is down, no message has failed. The
    deliveries are then requeued, and the broker keeps them until `health`, the database's, is well
    again.
    """

    def __init__(
        self,
        subscription: Subscription,
        codec: Codec,
        handle: EventHandler,
        upcasting: Upcasting,
        failures: FailureHandler,
        health: Health,
        metrics: Metrics,
        name: str = "consumer",
        batch: int = LARGEST_BATCH,
    ) -> None:
        """A `batch` has so many deliveries at most, of the 500 that there is room for."""
        super().__init__(name, metrics)
        self._batch = batch
        self._subscription = subscription
        self._codec = codec
        self._handle_events = handle
        self._upcasting = upcasting
        self._failures = failures
        self._health = health
        self._background = BackgroundTask()
        self._received: list[Delivery] = []
        self._unsettled: dict[int, Delivery] = {}
        # Not ready at first: a queue that is not yet declared misses all that is published
        # meanwhile.
        self._trouble: str | None = "it has just started"
        self._pause = 0.0
        metrics.count(RECEIVED, amount=0)
        for kind in upcasting.handlers:
            metrics.count(RETRIED, kind, amount=0)

    async def check(self) -> None:
        """Return if it consumes; raises `Unavailable`, with the reason, while it cannot."""
        if self._trouble is not None:
            raise Unavailable(f"the consumer waits: {self._trouble}")
        if self._failures.is_full:
            raise Unavailable("the consumer waits: the broker does not take failed messages")

    async def step(self) -> bool:
        """Handle the received deliveries; raises `Unavailable` after a requeue of the rest."""
        deliveries, self._received = self._received, []
        if not deliveries:
            return False
        self._measure(len(deliveries))
        self._metrics.count(RECEIVED, amount=len(deliveries))
        self._unsettled = {delivery.tag: delivery for delivery in deliveries}
        try:
            with self._telling():
                await self._consume(deliveries)
        except BaseException:
            self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
            await self._subscription.requeue(list(self._unsettled.values()))
            raise
        self._pause = 0.0
        return True

    async def rest(self) -> None:
        """Wait for deliveries, after a pause for as long as requeued ones cannot be handled."""
        with self._telling():
            await asyncio.sleep(self._pause)
            if self._trouble is not None:
                await self._health.check()
            await self._wait_for_room()
            await self._subscription.start()
            self._trouble = None
            self._received = await self._subscription.receive(min(self._batch, LARGEST_BATCH))

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until `stopping` is set; deliveries whose handling has not begun are requeued."""
        try:
            await super().run(stopping)
        finally:
            await self._subscription.requeue(self._received)
            await self._background.finish()

    async def _wait_for_room(self) -> None:
        """Wait until a whole batch may fail; after a timeout, requeue the buffered deliveries.

        A subscription with a full buffer reads nothing, and would miss its heartbeats.
        """
        if not self._failures.is_full:
            return
        try:
            async with asyncio.timeout(FULL):
                await self._failures.drain()
        except TimeoutError:
            await self._subscription.requeue([])
            await self._failures.drain()

    async def _consume(self, deliveries: Sequence[Delivery]) -> None:
        # Retried events have their own batch: they may well fail again, and split it.
        first: list[Pair] = []
        again: list[Pair] = []
        for delivery in deliveries:
            try:
                event = self._codec.decode(delivery.body)
            except Undecodable as error:
                self._dead_letter(delivery, f"undecodable: {error}")
                continue
            known = self._upcasting.handlers
            newest = event if event.type in known else self._upcast(delivery, event)
            if newest is not None:
                (again if delivery.failures.count else first).append((delivery, newest))
        for pairs in (first, again):
            if pairs:
                await self._handle(pairs)

    def _upcast(self, delivery: Delivery, event: Event) -> Event | None:
        """Return the event in the version that is handled; dead-letters it if there is none."""
        try:
            return self._upcasting.upcast(event)
        except UnknownType as error:
            self._dead_letter(delivery, f"unknown type: {error}", event)
        except Undecodable as error:
            self._dead_letter(delivery, f"undecodable: {error}", event)
        return None

    async def _handle(self, pairs: Sequence[Pair]) -> None:
        try:
            handled = await self._handle_events([event for _, event in pairs])
        except Unavailable:
            raise
        except Exception as error:
            if len(pairs) == 1:
                self._retry(*pairs[0], error)
                return
        else:
            await self._settle(pairs, handled)
            return
        # One bad event must not fail the rest of its batch: in the end it is alone.
        middle = len(pairs) // 2
        await self._handle(pairs[:middle])
        await self._handle(pairs[middle:])

    async def _settle(self, pairs: Sequence[Pair], handled: Handled) -> None:
        faults = {id(fault.event): fault for fault in handled.faults}
        done = [delivery for delivery, event in pairs if id(event) not in faults]
        await self._subscription.ack(done)
        for delivery in done:
            del self._unsettled[delivery.tag]
        if handled.after is not None:
            await self._background.start(handled.after)
        for delivery, event in pairs:
            fault = faults.get(id(event))
            if fault is not None and fault.may_pass:
                self._retry(delivery, event, NotYet(fault.reason))
            elif fault is not None:
                self._dead_letter(delivery, f"refused: {fault.reason}", event)
        self._log(pairs)

    def _retry(self, delivery: Delivery, event: Event, error: Exception) -> None:
        self._failures.retry(delivery, event, error)
        del self._unsettled[delivery.tag]

    def _dead_letter(self, delivery: Delivery, reason: str, event: Event | None = None) -> None:
        self._failures.dead_letter(delivery, reason, event)
        del self._unsettled[delivery.tag]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Keep the reason of an outage, for `check`."""
        try:
            yield
        except Unavailable as error:
            self._trouble = str(error)
            raise

    def _log(self, pairs: Sequence[Pair]) -> None:
        if not log.isEnabledFor(logging.DEBUG):
            return
        for _, event in pairs:
            with use_context(new_context(event.request_id, event.traceparent)):
                log.debug("event handled", extra={"event_id": str(event.id), "type": event.type})
