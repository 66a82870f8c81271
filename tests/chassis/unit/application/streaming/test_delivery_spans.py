from app.application.notification.mapping import REGISTERED
from chassis.application.context import new_context
from tests.chassis.recording_tracing import RecordingTracing
from tests.chassis.unit.application.streaming.log import Log, settled, take
from tests.chassis.unit.events import make_event
from tests.memory_database import MemoryUnitOfWork


async def traced_log(tracing: RecordingTracing) -> Log:
    log = Log(tracing=tracing)
    await log.advance()
    return log


async def append(log: Log, traceparent: str | None, receiver: str = "ada") -> str:
    """Append one with its trace, let the follower hear of it, and return its cursor."""
    event = make_event(REGISTERED, receiver, traceparent=traceparent)
    async with MemoryUnitOfWork(log.database).begin() as work:
        await work.journal.append([event])
    await log.advance()
    return log.cursor(log.database.state.journal[-1].position)


async def test_an_entry_has_one_span_however_many_streams_take_it() -> None:
    tracing = RecordingTracing()
    log = await traced_log(tracing)
    streams = [await log.opened(**fields) for fields in ({}, {"receiver": "ada"})]
    asking = [await settled(stream) for stream in streams]
    parent = new_context().traceparent

    cursor = await append(log, parent)

    [span] = tracing.spans
    assert (span.title, span.kind, span.parent) == ("push", "internal", parent)
    assert span.attributes == {"event.streams": 2}
    assert span.ended == 0
    assert [(await first).cursor for first in asking] == [cursor, cursor]
    assert (span.ended, len(tracing.spans)) == (1, 1)


async def test_an_entry_that_nobody_follows_has_none() -> None:
    tracing = RecordingTracing()
    log = await traced_log(tracing)
    asking = await settled(await log.opened(receiver="bob"))

    await append(log, new_context().traceparent)

    assert tracing.spans == []
    asking.cancel()


async def test_a_stream_that_does_not_wait_takes_it_all_the_same() -> None:
    tracing = RecordingTracing()
    log = await traced_log(tracing)
    stream = await log.opened()
    parent = new_context().traceparent
    cursor = await append(log, parent)
    assert tracing.spans == []

    assert await take(stream, 1) == [cursor]

    [span] = tracing.spans
    assert (span.parent, span.attributes) == (parent, {"event.streams": 0})
    assert span.ended == 1


async def test_an_entry_without_a_trace_begins_none() -> None:
    tracing = RecordingTracing()
    log = await traced_log(tracing)
    stream = await log.opened()
    asking = await settled(stream)

    cursor = await append(log, None)

    assert (await asking).cursor == cursor
    assert tracing.spans == []
