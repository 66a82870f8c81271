"""Port: the numbers that operators watch."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Counter(Struct, frozen=True):
    """A number that only grows, exported as `<name>_total`; `labels` are its labels' names."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


class Gauge(Struct, frozen=True):
    """A number that goes up and down."""

    name: str
    help: str
    labels: tuple[str, ...] = ()


class Histogram(Struct, frozen=True):
    """How many values lay below each of `buckets`."""

    name: str
    help: str
    buckets: tuple[float, ...]
    labels: tuple[str, ...] = ()


class Metrics(Protocol):
    """Each metric exists from its first use; values of labels come in the order of their names.

    A metric is named once, next to the code that it measures. Counting 0 makes it visible before
    anything happens: a rate needs a value to start from.
    """

    def count(self, counter: Counter, *labels: str, amount: int = 1) -> None:
        """Add `amount` to the counter."""
        ...

    def gauge(self, gauge: Gauge, value: float, *labels: str) -> None:
        """Set the gauge."""
        ...

    def watch(self, gauge: Gauge, read: Callable[[], float], *labels: str) -> None:
        """Let the gauge be what `read` returns, at each scrape."""
        ...

    def expect(self, histogram: Histogram, *labels: str) -> None:
        """Let the histogram exist, with no value yet."""
        ...

    def observe(self, histogram: Histogram, value: float, *labels: str) -> None:
        """Add a value to the histogram."""
        ...
