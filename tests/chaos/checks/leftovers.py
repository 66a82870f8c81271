"""No message waits at the end, and the dead letters are the poison, each for its reason."""

from collections.abc import Iterable, Iterator

from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tests.chaos.poison import reason
from tests.chaos.stores import Stores


def leftovers(history: Iterable[Event], stores: Stores) -> Iterator[Finding]:
    """Find waiting messages, wrong dead letters, and poison that is not dead-lettered.

    A message may be dead-lettered twice, if the broker went away before its confirm.
    """
    for name, count in stores.left.items():
        if count:
            yield Finding("left over", f"{count} in {name}")
    poison = {event["id"]: event for event in history if event["event"] == "poisoned"}
    dead_letters = {letter.id: letter.reason for letter in stores.dead}
    for identity, why in dead_letters.items():
        if identity not in poison:
            yield Finding("dead-lettered by mistake", f"{identity}: {why}")
    for identity, event in poison.items():
        if identity not in dead_letters:
            yield Finding("not dead-lettered", f"{identity}, {event['kind']}", event["at"])
        elif not dead_letters[identity].startswith(reason(event["kind"])):
            detail = f"{event['kind']}: {dead_letters[identity]!r}"
            yield Finding("dead-lettered for another reason", detail, event["at"])
