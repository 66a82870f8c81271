"""The errors that a use case can end in; every transport maps them to its own codes."""

from typing import ClassVar

# Seconds after which a caller should try again to get a lock.
RETRY_AFTER = 1


class ApplicationError(Exception):
    """The base of all errors that callers see; `word` is its name on every transport."""

    word: ClassVar[str] = "conflict"

    @property
    def told(self) -> str:
        """The sentence for the caller: the error's own text, unless its class says otherwise."""
        return str(self)


class NotFound(ApplicationError):
    """No entity has that id."""

    word = "not-found"


class NotServed(ApplicationError):
    """The running roles do not handle this message; the text names the role that does."""

    word = "not-served"


class Unauthorized(ApplicationError):
    """Missing or invalid credentials."""

    word = "unauthorized"


class Forbidden(ApplicationError):
    """The caller is known, but has no permission for this."""

    word = "forbidden"


class KeyReused(ApplicationError):
    """A request uses an idempotency key again, with another body."""

    word = "key-reused"


class Busy(ApplicationError):
    """The service is over a limit; try again after `retry_after` seconds."""

    word = "busy"

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class RateLimited(Busy):
    """The caller is over its rate limit; try again after `retry_after` seconds."""

    word = "rate-limited"


class LockHeld(Busy):
    """A lock did not become free in time."""

    word = "lock-held"


class LockLost(Busy):
    """This process no longer holds a lock: another one may, and may have continued the work."""

    word = "lock-lost"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, RETRY_AFTER)


class StaleGrant(LockLost):
    """A transaction carries a grant that is not the newest of its lock; nothing was stored."""

    word = "stale-grant"


class Unavailable(ApplicationError):
    """A server that the service depends on does not answer; nothing was stored, try again.

    The text is for operators, in logs and `/readyz`: it names a server by host and port, and never
    by a credential. Callers see `told` alone, which names neither.
    """

    word = "unavailable"

    def __init__(
        self, reason: str, told: str = "a server behind the service does not answer: try again"
    ) -> None:
        super().__init__(reason)
        self._told = told

    @property
    def told(self) -> str:
        """The sentence for the caller."""
        return self._told


class DeadlineExceeded(Unavailable):
    """The answer did not come within its deadline; whether the work was done is unknown.

    An actor or a worker that has not begun the work by then leaves it undone.
    """

    word = "deadline-exceeded"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "the answer took too long: try again")


class OutcomeUnknown(Unavailable):
    """A connection or a worker was lost before the answer; whether the work was done is unknown.

    Try again only if the work may be done twice.
    """

    word = "outcome-unknown"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "the answer was lost: the work may have been done, or not")


class NoWorker(Unavailable):
    """No worker runs the job; nothing was begun."""

    word = "no-worker"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "no worker runs this job at the moment: try again")


class ConstraintViolated(ApplicationError):
    """A row breaks a constraint of the database: nothing is stored, and a retry cannot succeed."""

    word = "constraint-violated"


class TooMany(ApplicationError):
    """One request asks for more than its limit."""

    word = "too-many"
