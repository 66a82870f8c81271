"""Notifications: calls that register one, or a batch."""

import json
import random

from tests.chaos.call import SUBJECTS, Call, token
from tests.chaos.event_type import EventType

REGISTERED = EventType(
    "notification.registered.v1",
    event="notification",
    id="id",
    words={"receiver": "subject", "action_type": "tag"},
    rows=(
        "SELECT id::text, coalesce(action_data->>'token', ''), receiver, registered_at"
        " FROM notifications"
    ),
)

ACTIONS = 4

BATCH_SHARE = 0.2
LARGEST_BATCH = 20


def register(key: str, chance: random.Random, is_wrong: bool) -> Call:
    """Draw a call; a wrong one is a batch whose last notification breaks a rule."""
    many = is_wrong or chance.random() < BATCH_SHARE
    count = chance.randint(2, LARGEST_BATCH) if many else 1
    items = [one(token(key, number), chance) for number in range(count)]
    if is_wrong:
        items[-1]["receiver"] = ""
    body = json.dumps(items if many else items[0]).encode()
    return Call(REGISTERED.name, key, count, "/notifications", body, is_wrong)


def one(own_token: str, chance: random.Random) -> dict[str, object]:
    """Draw a notification with that token."""
    return {
        "receiver": f"r{chance.randrange(SUBJECTS)}",
        "action_type": f"a{chance.randrange(ACTIONS)}",
        "action_data": {"token": own_token},
    }
