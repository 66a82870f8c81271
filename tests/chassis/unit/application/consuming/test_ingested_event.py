"""The form in which an event is kept: its time, its data on one line, its trace."""

from datetime import timedelta

import msgspec
import pytest
from msgspec import Raw

from chassis.domain.ids import time_of
from tests.chassis.unit.application.consuming.ingesting import Ingesting, order
from tests.chassis.unit.events import make_event


@pytest.fixture
def setting() -> Ingesting:
    return Ingesting()


async def test_the_time_of_an_event_is_the_one_that_its_id_carries(setting: Ingesting) -> None:
    event = order(1)
    told = msgspec.structs.replace(event, time=event.time - timedelta(days=1))

    await setting.take(told)

    assert [each.time for each in setting.placed.decoded] == [time_of(event.id)]
    assert [each.time for each in setting.journal] == [time_of(event.id)]


async def test_line_breaks_between_tokens_become_spaces(setting: Ingesting) -> None:
    text = b'{\r\n  "number": 1,\n  "note": "a\\nb"\r}'

    await setting.take(msgspec.structs.replace(order(1), data=Raw(text)))

    [event] = setting.journal
    assert bytes(event.data) == b'{    "number": 1,   "note": "a\\nb" }'
    assert setting.placed.stored == [[1]]


@pytest.mark.parametrize(
    ("text", "kept"),
    (
        (b'\n{"number":1}', b' {"number":1}'),
        (b'\r{"number":1}', b' {"number":1}'),
        (b'{"number":1}\n', b'{"number":1} '),
        (b'{"number":1}\r', b'{"number":1} '),
    ),
)
async def test_a_line_break_of_either_kind_becomes_a_space_anywhere(
    setting: Ingesting, text: bytes, kept: bytes
) -> None:
    await setting.take(msgspec.structs.replace(order(1), data=Raw(text)))

    assert [bytes(event.data) for event in setting.journal] == [kept]


async def test_the_journal_keeps_the_trace_of_each(setting: Ingesting) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"

    await setting.take(make_event(traceparent=traceparent), order(2))

    assert [event.traceparent for event in setting.journal] == [traceparent, None]


@pytest.mark.parametrize("traceparent", ("", "\0", "00-0-0-00", "a" * 1_000_000))
async def test_an_event_with_a_malformed_trace_is_stored_without_it(
    setting: Ingesting, traceparent: str
) -> None:
    await setting.take(make_event(traceparent=traceparent))

    assert [event.traceparent for event in setting.journal] == [None]
