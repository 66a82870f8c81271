import pytest

from chassis.application import dead_letter_digest
from chassis.application.dead_letter_digest import DeadLetterDigest
from chassis.application.errors import Unavailable
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters
from tests.unit.support import RecordingMetrics, lines

MESSAGE = "dead letters wait: see `dead-letters list --by reason`"


@pytest.fixture
def letters(database: MemoryDatabase) -> MemoryDeadLetters:
    return MemoryDeadLetters(database)


async def test_it_counts_the_letters_and_names_the_frequent_reasons(
    letters: MemoryDeadLetters, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(8):
        kind = "unknown type" if number < 5 else "malformed"
        await letters.add(b"{}", f"{kind}: {number}")

    assert await DeadLetterDigest(letters, metrics)() is False

    [line] = lines(caplog, MESSAGE)
    assert (line["count"], line["reasons"]) == (8, {"unknown type": 5, "malformed": 3})
    assert metrics.gauges["dead_letters_waiting"] == 8


async def test_without_letters_it_is_silent(
    letters: MemoryDeadLetters, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    await DeadLetterDigest(letters, metrics)()

    assert lines(caplog, MESSAGE) == []
    assert metrics.gauges["dead_letters_waiting"] == 0


async def test_it_looks_at_a_limited_number(
    letters: MemoryDeadLetters,
    metrics: RecordingMetrics,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dead_letter_digest, "SAMPLE", 2)
    for number in range(5):
        await letters.add(b"{}", f"malformed: {number}")

    await DeadLetterDigest(letters, metrics)()

    [line] = lines(caplog, MESSAGE)
    assert (line["count"], line["reasons"]) == (5, {"malformed": 2})


async def test_an_outage_is_the_schedulers_matter(
    letters: MemoryDeadLetters, metrics: RecordingMetrics
) -> None:
    letters.database.available = False
    with pytest.raises(Unavailable):
        await DeadLetterDigest(letters, metrics)()


async def test_it_names_the_five_most_frequent_reasons(
    letters: MemoryDeadLetters, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    for number, kind in enumerate("abcdef", 1):
        for _ in range(number):
            await letters.add(b"{}", f"{kind}: because: of it")

    await DeadLetterDigest(letters, metrics)()

    [line] = lines(caplog, MESSAGE)
    assert list(line["reasons"].items()) == [("f", 6), ("e", 5), ("d", 4), ("c", 3), ("b", 2)]
