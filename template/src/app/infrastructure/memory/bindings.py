"""Which routing keys a queue takes, by the rules of a topic exchange.

https://www.rabbitmq.com/tutorials/tutorial-five-python#topic-exchange
"""

from collections.abc import Iterable, Sequence


class Bindings:
    """The bindings of one queue: words with dots between them, `*` for one word, `#` for any."""

    def __init__(self, bindings: Iterable[str]) -> None:
        self._patterns = [_words(binding) for binding in bindings]

    def take(self, key: str) -> bool:
        """Return whether a message with this routing key reaches the queue."""
        words = _words(key)
        return any(_matches(pattern, words) for pattern in self._patterns)


def _words(text: str) -> list[str]:
    # As RabbitMQ does it: an empty text has no words, and a dot always has a word on both sides.
    return text.split(".") if text else []


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    # How many of the words may be used up so far. A set, so that many `#` cost no more than one.
    used = {0}
    for expected in pattern:
        if expected == "#":
            used = set(range(min(used), len(words) + 1))
        else:
            used = {n + 1 for n in used if n < len(words) and expected in ("*", words[n])}
        if not used:
            return False
    return len(words) in used
