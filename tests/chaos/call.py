"""One call of a caller: what it asks for, under which key."""

import json
import random
from typing import NamedTuple, Self

RECEIVERS = 50
ACTIONS = 4

BATCH_SHARE = 0.2
LARGEST_BATCH = 20


class Call(NamedTuple):
    """A request to register `size` notifications, in JSON; each carries a token of its own.

    The token is the key and the notification's number, so that whoever finds a notification in a
    store knows whose it is, also where the caller was never told its id.
    """

    key: str
    size: int
    body: bytes

    @classmethod
    def drawn(cls, key: str, chance: random.Random) -> Self:
        """Draw a call: one notification, or a batch."""
        many = chance.random() < BATCH_SHARE
        count = chance.randint(2, LARGEST_BATCH) if many else 1
        items = [_notification(key, number, chance) for number in range(count)]
        return cls(key, count, json.dumps(items if many else items[0]).encode())

    @classmethod
    def wrong(cls, key: str, chance: random.Random) -> Self:
        """Draw a batch whose last notification breaks a rule: it is to be refused whole."""
        count = chance.randint(2, LARGEST_BATCH)
        items = [_notification(key, number, chance) for number in range(count)]
        items[-1]["receiver"] = ""
        return cls(key, count, json.dumps(items).encode())


def token(key: str, number: int) -> str:
    """Return what the notification of that number carries in its action data, as `token`."""
    return f"{key}/{number}"


def _notification(key: str, number: int, chance: random.Random) -> dict[str, object]:
    return {
        "receiver": f"r{chance.randrange(RECEIVERS)}",
        "action_type": f"a{chance.randrange(ACTIONS)}",
        "action_data": {"token": token(key, number)},
    }
