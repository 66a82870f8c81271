"""How often a message has failed, and since when."""

from datetime import datetime

from msgspec import Struct


class Failures(Struct, frozen=True):
    """The failures of one message so far; a replay starts from zero."""

    count: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def again(self, now: datetime) -> "Failures":
        """Return these and one more, at `now`."""
        return Failures(self.count + 1, self.first or now, now)


NONE = Failures()
