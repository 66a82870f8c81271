from chassis.application.streaming.messages import StreamItem
from tests.chassis.unit.application.streaming.log import Items, started

# Seconds between two heartbeats; what waits is looked after sixteen times as often.
HEARTBEAT = 0.8


async def end_of(stream: Items) -> StreamItem:
    """Return the item that ends the stream."""
    item = await anext(stream)
    while item.event in ("heartbeat", "notification"):
        item = await anext(stream)
    return item


async def test_a_stream_that_waits_ends_with_its_token() -> None:
    log = await started(HEARTBEAT)
    stream = log.open(lasting=0.01, receiver="nobody")

    item = await end_of(stream)

    assert (item.event, item.reason) == ("closed", "expired")
    await stream.aclose()
    assert log.metrics.counters["streams_closed:expired"] == 1


async def test_one_that_has_much_to_deliver_ends_no_later() -> None:
    log = await started()
    await log.appended(600)
    cursor = log.cursor(0)
    stream = log.open(lasting=-1, cursor=cursor)

    assert await anext(stream) == StreamItem(event="heartbeat", cursor=cursor)
    item = await anext(stream)

    assert (item.event, item.reason) == ("closed", "expired")
    # A subscriber with another token continues there.
    assert item.cursor == cursor


async def test_a_stream_without_an_end_goes_on() -> None:
    log = await started(0.01)
    endless, lasting = log.open(), log.open(lasting=60)

    for stream in (endless, lasting):
        for _ in range(4):
            assert (await anext(stream)).event == "heartbeat"
