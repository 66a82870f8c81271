"""A rejection as a message, with its reason and attempts in the headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aio_pika import Message
from aiormq.abc import DeliveredMessage

from chassis.application.failures import NONE, Failures
from chassis.application.ports.subscription import Rejection
from chassis.infrastructure.rabbitmq.copies import copied, incoming
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.topology import Topology

REASON_LENGTH = 1000
# More than any retry schedule has, and one more still fits AMQP's integer.
MOST_ATTEMPTS = 1_000_000

# A new id each time. A message that fails again after a replay gets another id, so an id that an
# operator has noted names one rejection.
ID = "x-dead-lettered-id"
AT = "x-dead-lettered-at"
REASON = "x-dead-lettered-reason"
ATTEMPTS = "x-attempts"
FIRST = "x-first-failed-at"
LAST = "x-last-failed-at"
RETRY_REASON = "x-retry-reason"
ROUTING_KEY = "x-original-routing-key"

# The names in the release before. An update leaves its dead letters, and its replicas may add more.
BEFORE = {"x-parked-id": ID, "x-parked-at": AT, "x-parked-reason": REASON}

# The headers that a replay removes, so that its attempts start from zero.
OURS = (ID, AT, REASON, ATTEMPTS, FIRST, LAST, RETRY_REASON, *BEFORE)


def rejected_message(
    delivered: DeliveredMessage, rejection: Rejection, topology: Topology
) -> Outgoing:
    """Return the message for its delay queue, or for the dead letters."""
    message = copied(incoming(delivered))
    message.headers.setdefault(ROUTING_KEY, delivered.routing_key or "")
    if rejection.delay is None:
        mark_dead_lettered(message, rejection.reason, rejection.failures)
        return Outgoing("", topology.dead, message)
    message.headers |= {RETRY_REASON: _text(rejection.reason), **_written(rejection.failures)}
    return Outgoing("", topology.delayed(rejection.delay), message)


def mark_dead_lettered(
    message: Message, reason: str, failures: Failures, at: datetime | None = None
) -> None:
    """Add the reason of its rejection, and the time, to the message's headers."""
    message.headers.pop(RETRY_REASON, None)
    message.headers |= {
        ID: str(uuid4()),
        AT: (at or datetime.now(UTC)).isoformat(),
        REASON: _text(reason),
        **_written(failures),
    }


def current_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers, with those of the release before under their present names."""
    return {BEFORE.get(name, name): value for name, value in headers.items()}


def failures_of(headers: Mapping[str, Any] | None) -> Failures:
    """Return the earlier attempts from the headers, in which other programs may write anything."""
    if not headers:
        return NONE
    count = headers.get(ATTEMPTS)
    if not isinstance(count, int) or count < 1:
        return NONE
    return Failures(
        min(count, MOST_ATTEMPTS), time_of(headers.get(FIRST)), time_of(headers.get(LAST))
    )


def time_of(header: Any) -> datetime | None:
    """Return the time in a header, if it is one."""
    try:
        at = datetime.fromisoformat(header)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else None


def _written(failures: Failures) -> dict[str, Any]:
    times = {FIRST: failures.first, LAST: failures.last}
    return {ATTEMPTS: failures.count} | {
        name: at.isoformat() for name, at in times.items() if at is not None
    }


def _text(reason: str) -> str:
    return reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()[:REASON_LENGTH]
