"""The projection of events whose data a method of a repository stores."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from chassis.application.event import Event
from chassis.application.ports.work import Transaction
from chassis.application.streaming.streamed import Streamed
from chassis.domain.errors import Invalid


class EventProjection[Item, Repository]:
    """A `Projection`: decodes the data as `item`, and stores it with `store` of a `repository`.

    `streamed` names the fields of the item that are the event's subject and tag. `check` raises
    `Invalid` for an item that breaks a rule. A projection that does more after the commit, or
    decodes otherwise, is a class of its own.
    """

    def __init__(
        self,
        item: type[Item],
        streamed: Streamed,
        repository: Callable[[Transaction], Repository],
        store: Callable[[Repository, Sequence[Item]], Awaitable[None]],
        *,
        check: Callable[[Item], object] | None = None,
    ) -> None:
        self._decoder = msgspec.json.Decoder(item)
        self._streamed = streamed
        self._repository = repository
        self._store = store
        self._check = check

    def decode(self, event: Event) -> Item:
        """Return the checked item; raises `Invalid` or `MsgspecError`."""
        item = self._decoder.decode(event.data)
        field = self._streamed.subject
        if getattr(item, field) != event.subject:
            # Streams show an event to the callers that may read its subject.
            raise Invalid("subject", f"must be the {field}")
        if self._check is not None:
            self._check(item)
        return item

    def tag(self, item: Item) -> str | None:
        """Return the field that subscribers filter by, if there is one."""
        field = self._streamed.tag
        tag: str | None = None if field is None else getattr(item, field)
        return tag

    async def store(self, transaction: Transaction, items: Sequence[Item]) -> None:
        """Store the items; raises what the repository raises."""
        await self._store(self._repository(transaction), items)
