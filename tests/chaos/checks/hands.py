"""Nothing needed a hand: no process ended but by the driver, and after each fault all went on."""

from collections.abc import Iterable, Iterator

from tests.chaos.finding import Finding
from tests.chaos.history import Event


def hands(history: Iterable[Event]) -> Iterator[Finding]:
    """Find processes that ended, and faults that were not got over."""
    for event in history:
        match event["event"]:
            case "ended by itself" | "ended badly" as what:
                detail = f"{event['replica']}, exit code {event['code']}: {_last(event['lines'])}"
                yield Finding(what, detail, event["at"])
            case "not recovered":
                detail = f"after {', '.join(event['kinds'])}, within {event['seconds']:g} s"
                yield Finding("nothing came through again", detail, event["at"])
            case "failed":
                yield Finding(
                    "a fault that failed", f"{event['kind']}: {event['error']}", event["at"]
                )


def _last(lines: list[str]) -> str:
    return lines[-1] if lines else "it said nothing"
