"""What a broker that keeps nothing by itself keeps in the database."""

from msgspec import Struct

from chassis.application.ports.dead_letters import DeadLetters
from chassis.application.ports.unrouted import StoredUnrouted


class Stored(Struct, frozen=True):
    """The dead letters, and those that no queue took."""

    dead_letters: DeadLetters
    unrouted: StoredUnrouted
