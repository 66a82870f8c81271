"""What an operator does with parked messages: choose some, and take them one by one."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct

from chassis.application.ports.parking_lot import Parked, ParkedMessage, ParkingLot


class Choice(Struct, frozen=True):
    """The messages with these ids; without any, those whose reason starts so: "" is all."""

    ids: frozenset[str] = frozenset()
    reason: str = ""

    def __contains__(self, message: ParkedMessage) -> bool:
        """Return whether it is chosen."""
        return message.id in self.ids if self.ids else message.reason.startswith(self.reason)


async def chosen(lot: ParkingLot, choice: Choice) -> AsyncGenerator[Parked]:
    """Yield the chosen ones, oldest first; the caller closes it, as it does a walk."""
    missing = set(choice.ids)
    async with aclosing(lot.walk()) as walk:
        async for parked in walk:
            if parked.message in choice:
                yield parked
                missing.discard(parked.message.id)
                if choice.ids and not missing:
                    return
