"""The failure handler: failed deliveries wait here until the broker keeps them elsewhere."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from chassis.application.actors.actor import Actor
from chassis.application.actors.mailbox import Mailbox
from chassis.application.context import new_context, use_context
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.failures import Failures
from chassis.application.ports.clock import Clock
from chassis.application.ports.lifecycle import Lifecycle
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery, Rejection, Subscription
from chassis.application.retry_schedule import RetrySchedule

log = logging.getLogger(__name__)

BATCH = 100
# The most messages that may wait while the consumer takes another batch, which may fail as a whole.
WAITING = 500
LARGEST_BATCH = 500
# Characters of a reason, which may quote untrusted text.
LOGGED = 1000

RETRIED = Counter("events_retried", "Events that failed and are retried later.", ("type",))
DEAD_LETTERED = Counter("events_dead_lettered", "Messages that became dead letters.", ("reason",))


class FailureHandler(Actor):
    """Moves failed deliveries to the queue of their next attempt, or to the dead letters.

    The deliveries stay unacked meanwhile. While the broker takes no messages, a bounded number of
    them waits, and the consumer continues with the good ones. `on_dead_letter` gets each message
    that the broker has taken as a dead letter.
    """

    def __init__(
        self,
        subscription: Subscription,
        schedule: RetrySchedule,
        clock: Clock,
        metrics: Metrics,
        name: str = "failure_handler",
        lifecycle: Lifecycle | None = None,
        on_dead_letter: Callable[[Rejection], None] | None = None,
    ) -> None:
        super().__init__(name, metrics)
        self._lifecycle = lifecycle
        self._on_dead_letter = on_dead_letter
        self._subscription = subscription
        self._schedule = schedule
        self._clock = clock
        self._mailbox: Mailbox[Rejection] = Mailbox(
            self.name, metrics, limit=WAITING + LARGEST_BATCH, weight=0
        )
        self._moving: list[Rejection] = []
        self._held = 0
        self._held_bytes = 0
        self._moved = asyncio.Event()
        for kind in ("undecodable", "unknown type", "refused", "failed"):
            metrics.count(DEAD_LETTERED, kind, amount=0)

    def retry(self, delivery: Delivery, event: Event, error: Exception) -> None:
        """Schedule the event's next attempt, or dead-letter it after the last one."""
        failures = delivery.failures.again(self._clock())
        delay = self._schedule.delay(failures.count)
        with use_context(new_context(event.request_id, event.traceparent)):
            log.warning(
                "an event cannot be handled",
                exc_info=error,
                extra={"event_id": str(event.id), "attempt": failures.count, "retry_in": delay},
            )
        if delay is not None:
            self._metrics.count(RETRIED, event.type)
        self._post(_rejection(delivery, f"failed: {error}", failures, event, delay))

    def dead_letter(self, delivery: Delivery, reason: str, event: Event | None = None) -> None:
        """Dead-letter a message that can never be handled; `reason` is `kind: details`."""
        failures = delivery.failures.again(self._clock())
        self._post(_rejection(delivery, reason, failures, event))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for a whole batch."""
        return self._held > WAITING or self._held_bytes > RECEIVED_BYTES

    async def drain(self) -> None:
        """Wait until a whole batch may be rejected."""
        while self.is_full:
            self._moved.clear()
            await self._moved.wait()

    async def step(self) -> bool:
        """Publish the waiting messages; raises `Unavailable` while the broker refuses all."""
        # A message that the broker refuses, for example for its size, must not block the next ones.
        self._moving += self._mailbox.take(BATCH)
        if not self._moving:
            return False
        tried = self._moving
        moved = await self._subscription.reject(tried)
        self._moving = moved.left
        self._settle(tried, moved.confirmed)
        if len(self._moving) == len(tried):
            raise Unavailable(f"the broker did not take failed messages: {len(tried)} wait")
        return True

    async def rest(self) -> None:
        """Wait for a rejection."""
        await self._mailbox.wait()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; the broker redelivers what is not moved by then."""
        await super().run(stopping)
        with suppress(Unavailable):
            while await self.step():
                pass

    def _post(self, rejection: Rejection) -> None:
        self._held += 1
        self._held_bytes += len(rejection.delivery.body)
        self._mailbox.post(rejection)

    def _settle(self, tried: list[Rejection], confirmed: Sequence[Rejection]) -> None:
        left = {rejection.delivery.tag for rejection in self._moving}
        for rejection in tried:
            if rejection.delivery.tag not in left:
                self._held -= 1
                self._held_bytes -= len(rejection.delivery.body)
        # The broker redelivers the others, which are counted then.
        for rejection in confirmed:
            if rejection.delay is None:
                kind = rejection.reason.partition(":")[0]
                self._metrics.count(DEAD_LETTERED, kind)
                if self._lifecycle:
                    self._lifecycle.report(
                        "dead-lettered", kind, rejection.reason, cause=rejection.caller
                    )
                if self._on_dead_letter:
                    self._on_dead_letter(rejection)
                _log_dead_letter(rejection)
        self._measure(len(confirmed))
        self._moved.set()


def _rejection(
    delivery: Delivery,
    reason: str,
    failures: Failures,
    event: Event | None,
    delay: float | None = None,
) -> Rejection:
    if event is None:
        return Rejection(delivery, reason, failures, delay)
    return Rejection(delivery, reason, failures, delay, event.id, event.caller, event.type)


def _log_dead_letter(rejection: Rejection) -> None:
    fields = {
        "reason": rejection.reason[:LOGGED],
        "attempts": rejection.failures.count,
        "event_id": str(rejection.event_id) if rejection.event_id else None,
    }
    log.error("message dead-lettered", extra=fields)
