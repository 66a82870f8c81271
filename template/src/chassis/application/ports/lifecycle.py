"""Port: reports of what happens in the life of the service itself."""

from typing import Literal, Protocol

from msgspec import Struct

type Kind = Literal["service-started", "job-failed", "dead-lettered", "seen"]
KINDS: tuple[Kind, ...] = ("service-started", "job-failed", "dead-lettered", "seen")


class LifecycleEvent(Struct, frozen=True):
    """Something that has happened `count` times to `subject` within about a second.

    The subject is the running roles, the name of a job, the kind of a rejection, or what the
    application names. `details` are those of the last time.
    """

    kind: Kind
    subject: str
    details: str = ""
    count: int = 1


class Lifecycle(Protocol):
    """Takes reports; best effort."""

    def report(
        self, kind: Kind, subject: str, details: str = "", *, cause: str | None = None
    ) -> None:
        """Note that this has happened; never waits.

        `cause` is the caller in the event that it is about, if there is one. If that event itself
        came from here, the report is ignored: else one event would cause the next without end.
        """
        ...


class LifecycleListener(Protocol):
    """Makes something of a lifecycle event, such as an event of the application."""

    async def __call__(self, event: LifecycleEvent) -> None:
        """Handle it; `Unavailable` means again later, any other error that it is dropped."""
        ...
