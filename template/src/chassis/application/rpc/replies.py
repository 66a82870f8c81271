"""The body of a reply: an answer, or an error with the word that it has on every transport."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chassis.application import errors
from chassis.application.errors import (
    ApplicationError,
    Busy,
    DeadlineExceeded,
    LockLost,
    NoWorker,
    OutcomeUnknown,
    Unavailable,
)
from chassis.application.rpc.errors import JobFailed
from chassis.domain.errors import Invalid

INTERNAL = "internal"
INVALID = "invalid"
RETRY_AFTER = 1

# A user's own error is one of these to the caller: its nearest base class.
KINDS: dict[str, type[ApplicationError]] = {
    kind.word: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ApplicationError)
}


class ReplyError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error: its word, its sentence, the invalid field, and when to retry (seconds)."""

    kind: str
    message: str
    field: str = ""
    reason: str = ""
    retry_after: int = 0


class Reply(Struct, frozen=True):
    """A reply, as JSON has it: one of the two is there."""

    result: Any = UNSET
    error: ReplyError | UnsetType = UNSET


_encoder = msgspec.json.Encoder()


def encode_result(result: Any) -> bytes:
    """Return the reply with an answer; raises `TypeError` if JSON cannot have it."""
    return _encoder.encode(Reply(result))


def encode_error(error: BaseException) -> bytes:
    """Return the reply with an error; an unforeseen one is not shown."""
    return _encoder.encode(Reply(error=_shown(error)))


def raise_error(error: ReplyError) -> None:
    """Raise the error of a reply, as its handler raised it."""
    if error.kind == INVALID:
        raise Invalid(error.field, error.reason)
    if error.kind == INTERNAL:
        raise JobFailed(error.message)
    kind = KINDS.get(error.kind, ApplicationError)
    if issubclass(kind, Busy) and not issubclass(kind, LockLost):
        raise kind(error.message, error.retry_after or RETRY_AFTER)
    if issubclass(kind, Unavailable) and kind not in (DeadlineExceeded, OutcomeUnknown, NoWorker):
        raise kind(error.message, error.message)
    raise kind(error.message)


def word_of(error: BaseException) -> str:
    """Return the word of an error."""
    if isinstance(error, Invalid):
        return INVALID
    return error.word if isinstance(error, ApplicationError) else INTERNAL


def _shown(error: BaseException) -> ReplyError:
    word = word_of(error)
    match error:
        case Invalid():
            return ReplyError(kind=word, message=str(error), field=error.field, reason=error.reason)
        case ApplicationError():
            retry_after = error.retry_after if isinstance(error, Busy) else 0
            return ReplyError(kind=word, message=error.told, retry_after=retry_after)
        case _:
            text = "the job failed: the log of its worker has the reason"
            return ReplyError(kind=word, message=text)
