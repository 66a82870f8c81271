"""The retry schedule: how long a message waits after each of its failures."""

from msgspec import Struct

# More attempts than any outage of another service needs; RabbitMQ has a queue for each.
MOST_DELAYS = 16
# Seconds: a week. RabbitMQ takes up to 49 days.
LONGEST_DELAY = 604_800.0
SHORTEST_DELAY = 0.001


class RetrySchedule(Struct, frozen=True):
    """Delays in seconds: a message is tried once more after each, and then dead-lettered."""

    delays: tuple[float, ...] = ()

    @classmethod
    def read(cls, text: str) -> "RetrySchedule":
        """Return the schedule in `1,10,60`, or the empty one in `none`; raises `ValueError`."""
        if text.strip() == "none":
            return cls()
        try:
            delays = tuple(float(part) for part in text.split(","))
        except ValueError:
            raise ValueError("write seconds with commas between, as 1,10,60, or none") from None
        if len(delays) > MOST_DELAYS:
            raise ValueError(f"at most {MOST_DELAYS} delays, not {len(delays)}")
        if not all(SHORTEST_DELAY <= delay <= LONGEST_DELAY for delay in delays):
            raise ValueError(
                f"each delay must be between {SHORTEST_DELAY:g} and {LONGEST_DELAY:.0f} seconds"
            )
        return cls(delays)

    def delay(self, failures: int) -> float | None:
        """Return the seconds to wait after that many failures, or None: dead-letter it."""
        return self.delays[failures - 1] if failures <= len(self.delays) else None
