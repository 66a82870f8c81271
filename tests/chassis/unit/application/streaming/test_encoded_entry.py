import pytest

from chassis.application.ports.journal import Entry
from chassis.application.streaming.encoded_entry import EncodedEntry
from tests.chassis.unit.application.streaming.entries import streamed_event
from tests.chassis.unit.events import make_event


def test_a_stream_has_what_it_needs_of_an_event() -> None:
    event = make_event(traceparent=f"00-{'a' * 32}-{'b' * 16}-01", data=b'{"number":1}')

    entry = EncodedEntry("epoch", "order", Entry(7, event, "urgent"))

    assert (entry.position, entry.tag) == (7, "urgent")
    for name in ("type", "subject", "time", "traceparent"):
        assert getattr(entry, name) == getattr(event, name)
    item = entry.item
    assert (item.event, item.cursor, item.data) == ("order", "epoch.7", event.data)
    assert not entry.is_told
    assert entry.span is None


@pytest.mark.parametrize(("letter", "copies"), (("a", 5), ("é", 8)))
def test_the_weight_grows_with_the_text_and_more_if_it_is_wide(letter: str, copies: int) -> None:
    short, long = (
        streamed_event(1, make_event(data=f'{{"note":"{letter * count}"}}'.encode()))
        for count in (10, 110)
    )

    assert long.weight - short.weight == copies * 100 * len(letter.encode())
    assert short.weight > 1024
