"""The messages that the memory broker stores in the database."""

from msgspec import Struct

from chassis.application.ports.dead_letters import DeadLetters
from chassis.application.ports.unrouted import StoredUnrouted


class StoredMessages(Struct, frozen=True):
    """The dead letters, and the messages that no queue took."""

    dead_letters: DeadLetters
    unrouted: StoredUnrouted
