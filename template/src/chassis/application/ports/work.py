"""Port: what the machinery finds in its transactions."""

from collections.abc import Callable
from typing import Protocol

from chassis.application.ports.idempotency import Idempotency
from chassis.application.ports.journal import Journal
from chassis.application.ports.locks import Grant
from chassis.application.ports.outbox import Outbox
from chassis.application.ports.unit_of_work import UnitOfWork


class Transaction(Protocol):
    """A transaction that is under way; the repositories of an aggregate are made from it."""

    async def fence(self, grant: Grant) -> None:
        """Let it commit only if the grant is the newest of its lock; raises `StaleGrant`."""
        ...

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call `tell` after the commit."""
        ...


class Work(Protocol):
    """The machinery's own stores in one transaction, and the transaction itself."""

    @property
    def transaction(self) -> Transaction:
        """The transaction, for the repositories of an aggregate that take part in it."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The events to publish."""
        ...

    @property
    def journal(self) -> Journal:
        """The ingested events."""
        ...

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""
        ...


type MachineryWork = UnitOfWork[Work]
