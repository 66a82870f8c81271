"""The mapping of errors to error objects: the one table of these transports."""

import logging
from typing import Literal

import msgspec
from msgspec import Struct

from chassis.application.context import current_context
from chassis.application.errors import (
    ApplicationError,
    Busy,
    ConstraintViolated,
    DeadlineExceeded,
    Forbidden,
    KeyReused,
    LockHeld,
    LockLost,
    NotFound,
    NotServed,
    NoWorker,
    OutcomeUnknown,
    RateLimited,
    StaleGrant,
    TooMany,
    Unauthorized,
    Unavailable,
)
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.refused import INVALID_PARAMS, Identity, JsonRpcRefused
from chassis.interfaces.serving.problem import FieldError
from chassis.interfaces.serving.told import told

log = logging.getLogger(__name__)

RETRY_AFTER = 5
INTERNAL_ERROR = -32603
BUSY = -32005

# A user's own error has the line of the nearest base class.
CODES: dict[type[ApplicationError], tuple[int, str]] = {
    NotFound: (-32001, NotFound.word),
    NotServed: (-32002, NotServed.word),
    TooMany: (-32003, TooMany.word),
    Unauthorized: (-32004, Unauthorized.word),
    Forbidden: (-32004, Forbidden.word),
    RateLimited: (BUSY, RateLimited.word),
    LockHeld: (BUSY, LockHeld.word),
    LockLost: (BUSY, LockLost.word),
    StaleGrant: (BUSY, StaleGrant.word),
    Busy: (BUSY, Busy.word),
    Unavailable: (BUSY, Unavailable.word),
    OutcomeUnknown: (BUSY, OutcomeUnknown.word),
    NoWorker: (BUSY, NoWorker.word),
    DeadlineExceeded: (BUSY, DeadlineExceeded.word),
    KeyReused: (INVALID_PARAMS, KeyReused.word),
    ConstraintViolated: (INVALID_PARAMS, ConstraintViolated.word),
    ApplicationError: (-32000, ApplicationError.word),
}


class Data(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Details of an error: one word for it, the invalid fields, and when to retry (seconds)."""

    kind: str | None = None
    errors: list[FieldError] = []
    retry_after: float | None = None
    request_id: str | None = None


class Failure(Struct, frozen=True):
    """An error object."""

    code: int
    message: str
    data: Data


class _Failed(Struct, frozen=True, kw_only=True):
    jsonrpc: Literal["2.0"] = "2.0"
    id: Identity
    error: Failure


_encoder = msgspec.json.Encoder()


def to_failure(error: Exception) -> Failure:
    """Return the error object for `error`; an unforeseen one is logged and not shown."""
    match error:
        case JsonRpcRefused():
            return _failure(
                str(error), error.code, error.kind, field=error.field, reason=error.reason
            )
        case Invalid():
            return _failure(
                str(error), INVALID_PARAMS, "invalid", field=error.field, reason=error.reason
            )
        case ApplicationError():
            code, kind = next(CODES[base] for base in type(error).__mro__ if base in CODES)
            retry_after = None
            if isinstance(error, Busy | Unavailable):
                retry_after = getattr(error, "retry_after", RETRY_AFTER)
            return _failure(told(error), code, kind, retry_after=retry_after)
        case _:
            log.error("unforeseen error", exc_info=error)
            text = "the service failed; its log has the reason under this request id"
            return Failure(INTERNAL_ERROR, text, Data(request_id=_request_id()))


def encode_failure(identity: Identity, failure: Failure) -> bytes:
    """Return the error response."""
    return _encoder.encode(_Failed(id=identity, error=failure))


def _failure(
    text: str,
    code: int,
    kind: str,
    *,
    field: str = "",
    reason: str = "",
    retry_after: float | None = None,
) -> Failure:
    errors = [FieldError(field, reason)] if field else []
    data = Data(kind=kind, errors=errors, retry_after=retry_after, request_id=_request_id())
    return Failure(code, text, data)


def _request_id() -> str | None:
    context = current_context()
    return context.request_id if context else None
