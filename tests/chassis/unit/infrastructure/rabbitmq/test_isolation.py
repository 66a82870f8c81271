import pytest
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelClosed,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ConnectionClosed,
)

from chassis.infrastructure.rabbitmq.isolation import CHANNELS, is_own, split

KEY = (
    "ACCESS_REFUSED - write access to topic 'a.b' in exchange 'x' in vhost '/' refused for user 'u'"
)
EXCHANGE = "ACCESS_REFUSED - write access to exchange 'x' in vhost '/' refused for user 'u'"


@pytest.mark.parametrize(
    ("loss", "expected"),
    (
        (ChannelAccessRefused(KEY), True),
        (ChannelPreconditionFailed("PRECONDITION_FAILED - message size 2 is larger than 1"), True),
        (ChannelClosed(311, "CONTENT_TOO_LARGE"), True),
        (ChannelAccessRefused(EXCHANGE), False),
        (ChannelNotFoundEntity("NOT_FOUND - no exchange 'x' in vhost '/'"), False),
        (ConnectionClosed(320, "CONNECTION_FORCED"), False),
        (ConnectionError("reset"), False),
    ),
)
def test_only_some_losses_are_one_messages_fault(loss: Exception, expected: bool) -> None:
    assert is_own(loss) is expected


@pytest.mark.parametrize("count", (0, 1, 2, CHANNELS - 1, CHANNELS, CHANNELS + 1, 1000))
def test_parts_have_all_in_order_and_get_smaller(count: int) -> None:
    numbers = list(range(count))

    parts = split(numbers)

    assert [number for part in parts for number in part] == numbers
    assert len(parts) == min(count, len(parts)) <= CHANNELS
    assert all(len(part) < max(2, count) for part in parts)
