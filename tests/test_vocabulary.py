"""Words that had a standard name, and must not come back."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".md", ".jinja", ".toml", ".yaml", ".yml", ".json", ".ini", ".mako"}
# They quote others' code, or say old names on purpose.
SKIPPED = ("docs/assets/", "docs/operations/upgrading.md")
ASSETS = "template/src/chassis/interfaces/http/schema/assets/"
# The name of a column: a released migration is never changed.
COLUMN = "parked_at"

# Old words, and the standard name of each. A pattern matches whole words.
STANDARD = {
    r"SettingAside|setting_aside|Asides?|set_aside|set(?:s|ting)? aside": "FailureHandler, reject",
    r"\w*[Pp]ark(?:s|ed|ing)?(?:_\w+)?|\w*ParkingLot|ParkedMessage": "dead-letter queue",
    r"taken_in|events_taken_in": "ingested",
    r"Ladder|[\w-]*ladders?|rungs?|_?climb(?:s|ed|ing)?": "RetrySchedule, attempt",
    r"Beside|[bB]eside": "BackgroundTask",
    r"(?:Memory|Redis|Recording)Wake|\w+_wake|_?ring_others|rung|_rung|bells?": "Signal, notify",
    r"Doubt|_doubt": "StaleKeys",
    r"_?[hH]and(?:over|(?:s|ed|ing)?[_ ]over)|Handed\w*|StoredClaims": "LeasedOutbox",
    r"\w*Pending|ports\.pending|Extent|extent": "OutboxReader, OutboxDepth",
    r"Waiting(?=[(.\]])|ReadyEntry|ready_entry|Pushes|_pushes|application\.following": "streaming",
    r"Tail(?=[(.\]])": "RecentEntries",
    r"lasting(?=[(])|\.lasting|Interruption": "span_scope, CancelScope",
    r"Pace|\.pace|_pace|Turns(?=[(])": "Throttle, Bulkhead",
    r"collector\.settle|bootstrap\.collector|YOUNG|SOON": "gc_tuning.freeze, GC_THRESHOLD",
    r"span\.note|\.room(?=\(\))|def room": "set_attributes, drain",
    r"announces|reads_much|[lL]anes?|LANES|_lanes?": "is_expensive, workers",
    r"explain(?=\()|_explain|\.explain|letters?\.py|reason\.py": "describe_error, dead_letter",
    r"kept(?=\()|\.kept|_kept|(?:is|are)_kept|twins?|_twin\w*|_apart": "confirmed, bisect",
    r"LOT(?:_\w+)?|REACH|LOOKS?|PATIENCE|_?patience": "PAGE_SIZE, SCAN_WINDOW, TIMEOUT",
    r"Answering(?=[(:])|Peer(?=[,:\])])|Login(?=[(,:])": "Dispatcher, SessionContext, AuthState",
}


def _texts() -> Iterator[tuple[str, str]]:
    for folder in ("template", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in SUFFIXES and not name.startswith((*SKIPPED, ASSETS)):
                yield name, path.read_text(encoding="utf-8")


TEXTS = dict(_texts())


@pytest.mark.parametrize("old", STANDARD)
def test_old_word_is_gone(old: str) -> None:
    word = re.compile(rf"(?<![\w-])(?:{old})(?![\w])")
    found = [
        f"{name}:{number}: {match.group()} (write {STANDARD[old]})"
        for name, text in TEXTS.items()
        for number, line in enumerate(text.splitlines(), 1)
        for match in word.finditer(f"{name if number == 1 else ''} {line}")
        if match.group() != COLUMN
    ]
    assert not found, "\n".join(found)


def test_old_word_is_found() -> None:
    assert re.search(r"(?<![\w-])(?:taken_in)(?![\w])", "core.taken_in")


# Each role and aggregate has a composition root of this name, and an aggregate has a message that
# shows its entity.
SHARED = {"Container", "Notification"}


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(set)
    for name, text in TEXTS.items():
        if name.startswith("template/src/") and name.endswith(".py"):
            for line in re.findall(r"(?m)^class ([A-Z]\w*)", text):
                places[line].add(name)
    shared = {name: sorted(files) for name, files in places.items() if len(files) > 1}
    assert shared.keys() <= SHARED, shared
