"""An accepted item is stored once, as published; a refused one is not."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.calls import Calls
from tests.chaos.event_type import Item
from tests.chaos.finding import Finding
from tests.chaos.stores import Stores


def storage(calls: Calls, stores: Stores) -> Iterator[Finding]:
    """Find what is lost, doubled, or there though it should not be."""
    rows = Counter(row.item for row in stores.rows)
    entries = Counter(entry.item for entry in stores.journal)
    places = {"its table": rows, "the journal": entries}
    accepted = dict(calls.accepted())
    for item, at in accepted.items():
        if without := [place for place, items in places.items() if not items[item]]:
            detail = f"{_named(item)} was accepted and is not in {' or in '.join(without)}"
            yield Finding("lost", detail, at)
    for place, items in places.items():
        for item, count in items.items():
            if count > 1:
                yield Finding("doubled", f"{_named(item)} is in {place} {count} times")
    # Those that were accepted are lost, and have been told.
    for item in rows.keys() - entries.keys() - accepted.keys():
        yield Finding("never delivered", f"{_named(item)} is stored, and not in the journal")
    for item in entries.keys() - rows.keys():
        yield Finding("an entry of nothing", f"{_named(item)} is in the journal alone")
    yield from _announced(stores)
    yield from _owners(calls, stores)


def _announced(stores: Stores) -> Iterator[Finding]:
    """Hold what is stored against what was announced."""
    announced = {entry.item: (entry.subject, entry.time) for entry in stores.journal}
    for row in stores.rows:
        stored = (row.subject, row.time)
        if announced.get(row.item, stored) != stored:
            told = f"{stored} and not {announced[row.item]}"
            yield Finding("stored otherwise than announced", f"{_named(row.item)}: {told}")


def _owners(calls: Calls, stores: Stores) -> Iterator[Finding]:
    """Hold what is there against what its callers know."""
    of_doubtful: defaultdict[str, list[int]] = defaultdict(list)
    for row in stores.rows:
        key, _, number = row.token.rpartition("/")
        asked = calls.by_key.get(key)
        if asked is None:
            yield Finding("of nobody", f"{row.id}, token {row.token!r}")
        elif asked.state == "refused":
            yield Finding("refused and stored", f"{row.id}, of {key}")
        elif asked.ids is None:
            of_doubtful[key].append(int(number))
        elif row.id not in asked.ids:
            yield Finding("doubled", f"{row.token} has another id besides, {row.id}", asked.at)
        elif asked.ids[int(number)] != row.id:
            yield Finding("in each other's place", f"{row.token} is stored as {row.id}", asked.at)
    for key, numbers in of_doubtful.items():
        if sorted(numbers) != list(range(calls.by_key[key].size)):
            detail = f"{key}: {sorted(numbers)} of {calls.by_key[key].size}"
            yield Finding("not all or nothing", detail)


def _named(item: Item) -> str:
    return " ".join(item)
