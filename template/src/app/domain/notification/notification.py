"""The notification itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from chassis.domain.errors import Invalid
from chassis.domain.json_text import EMPTY_OBJECT, JsonText
from chassis.domain.routing import MAX_CHARACTERS, check_label
from chassis.domain.text import check_text
from chassis.domain.time import check_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """An event (`action_type`) that `receiver` should know about.

    `registered_at` is the time in `id`; `fired_at` is the caller's word for when it happened.
    Both are aware. Rows that were checked on their way in are loaded without a second check.
    `action_data` is the text of an object, checked by `read_action_data`, which makes it.
    """

    id: UUID
    registered_at: datetime
    receiver: str
    action_type: str
    action_data: JsonText = EMPTY_OBJECT
    actioner: str | None = None
    fired_at: datetime
    is_seen: bool = False

    def checked(self) -> Self:
        """Return the notification, or raise `Invalid` for the first rule that it breaks."""
        check_label("receiver", self.receiver)
        check_label("action_type", self.action_type)
        _check_actioner(self.actioner)
        check_time("fired_at", self.fired_at)
        return self


def _check_actioner(actioner: str | None) -> None:
    if actioner is None:
        return
    if not 1 <= len(actioner) <= MAX_CHARACTERS:
        raise Invalid("actioner", f"must have 1 to {MAX_CHARACTERS} characters, or be left out")
    check_text("actioner", actioner)
