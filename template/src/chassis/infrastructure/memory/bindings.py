"""The bindings of a queue, by the rules of a topic exchange.

https://www.rabbitmq.com/tutorials/tutorial-five-python#topic-exchange
"""

from collections.abc import Iterable, Sequence

ANYTHING = ["#"]


class Bindings:
    """The bindings of one queue: words with dots between them, `*` for one word, `#` for any."""

    def __init__(self, bindings: Iterable[str]) -> None:
        self._patterns = [_split(_words(binding)) for binding in bindings]

    def take(self, key: str) -> bool:
        """Return whether a message with this routing key reaches the queue."""
        words = _words(key)
        for start, rest in self._patterns:
            if words[: len(start)] == start and _matches(rest, words[len(start) :]):
                return True
        return False


def _words(text: str) -> list[str]:
    # As RabbitMQ does it: an empty text has no words, and a dot always has a word on both sides.
    return text.split(".") if text else []


def _split(pattern: list[str]) -> tuple[list[str], list[str]]:
    """Return the words before the first wildcard, which are compared at once, and the rest."""
    place = next((n for n, word in enumerate(pattern) if word in ("*", "#")), len(pattern))
    return pattern[:place], pattern[place:]


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if pattern == ANYTHING:
        return True
    # The possible numbers of used words so far. A set, so that many `#` cost no more than one.
    used = {0}
    for expected in pattern:
        if expected == "#":
            used = set(range(min(used), len(words) + 1))
        else:
            used = {n + 1 for n in used if n < len(words) and expected in ("*", words[n])}
        if not used:
            return False
    return len(words) in used
