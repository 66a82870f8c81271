"""What the tests of these use cases share."""

from collections.abc import Sequence
from datetime import timedelta

from app.application.notification.messages import NewNotification, Register
from app.application.ports.journal import Entry
from tests.unit.support import make_new

MAX_BATCH = 5
MARK = 7
RETENTION = timedelta(days=30)


class Streams:
    """Takes what is handed over, if it can."""

    def __init__(self) -> None:
        self.can_take = False
        self.taken: list[Entry] = []

    def hand_over(self, entries: Sequence[Entry]) -> bool:
        if self.can_take:
            self.taken += entries
        return self.can_take


def message(*notifications: NewNotification, key: str | None = None) -> Register:
    return Register(notifications=notifications or (make_new(),), idempotency_key=key)
