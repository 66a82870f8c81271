"""The refusals of this transport: before a use case, or while an answer is sent."""


class GrpcRefused(Exception):
    """A call that cannot be decoded; `field` is the invalid part of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownMethod(Exception):
    """There is no method of that name."""


class TooSlow(Exception):
    """The client sends nothing, or reads nothing, for too long."""


class CutShort(Exception):
    """A stream of messages that failed for a `cause`, after a part of it was done.

    `done` says which part, in words; `counts` says it in numbers, each by a name for programs.
    """

    def __init__(self, cause: Exception, done: str, **counts: int) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.done = done
        self.counts = counts
