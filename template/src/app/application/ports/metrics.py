"""Port: the numbers that operators watch."""

from typing import Protocol


class Metrics(Protocol):
    """Named counters and gauges, made when they are first used."""

    def count(self, name: str, amount: int = 1) -> None:
        """Add `amount` to the counter `name`."""
        ...

    def gauge(self, name: str, value: float) -> None:
        """Set the gauge `name`."""
        ...
