"""The mapping of errors to statuses: the one table of this transport.

The codes are those of https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
RESOURCE_EXHAUSTED is for a request over a size limit, as gRPC itself says, and over the rate limit.
UNAVAILABLE is for an error that a retry may solve, and DEADLINE_EXCEEDED for an answer that is too
late. UNKNOWN is for an answer that was lost: no client retries it by itself. All of them may have a
RetryInfo. An idempotency key of another request is ALREADY_EXISTS; an error that no retry can solve
is FAILED_PRECONDITION.
"""

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

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
from chassis.interfaces.grpc.refused import CutShort, GrpcRefused, TooSlow, UnknownMethod
from chassis.interfaces.serving.told import told

# The metadata key in which clients look for the details.
DETAILS = "grpc-status-details-bin"
RETRY_AFTER = 5

# Bytes. Clients accept only a few kilobytes of metadata. They hold a status twice, once with three
# bytes for one.
_LONGEST = 500

# A user's own error has the line of the nearest base class.
STATUSES: dict[type[Exception], tuple[StatusCode, str]] = {
    Unauthorized: (StatusCode.UNAUTHENTICATED, Unauthorized.word),
    Forbidden: (StatusCode.PERMISSION_DENIED, Forbidden.word),
    NotFound: (StatusCode.NOT_FOUND, NotFound.word),
    NotServed: (StatusCode.UNIMPLEMENTED, NotServed.word),
    TooMany: (StatusCode.RESOURCE_EXHAUSTED, TooMany.word),
    KeyReused: (StatusCode.ALREADY_EXISTS, KeyReused.word),
    ConstraintViolated: (StatusCode.FAILED_PRECONDITION, ConstraintViolated.word),
    RateLimited: (StatusCode.RESOURCE_EXHAUSTED, RateLimited.word),
    LockHeld: (StatusCode.UNAVAILABLE, LockHeld.word),
    LockLost: (StatusCode.UNAVAILABLE, LockLost.word),
    StaleGrant: (StatusCode.UNAVAILABLE, StaleGrant.word),
    Busy: (StatusCode.UNAVAILABLE, Busy.word),
    Unavailable: (StatusCode.UNAVAILABLE, Unavailable.word),
    OutcomeUnknown: (StatusCode.UNKNOWN, OutcomeUnknown.word),
    NoWorker: (StatusCode.UNAVAILABLE, NoWorker.word),
    DeadlineExceeded: (StatusCode.DEADLINE_EXCEEDED, DeadlineExceeded.word),
    ApplicationError: (StatusCode.FAILED_PRECONDITION, ApplicationError.word),
    Invalid: (StatusCode.INVALID_ARGUMENT, "invalid"),
    GrpcRefused: (StatusCode.INVALID_ARGUMENT, "malformed"),
    UnknownMethod: (StatusCode.UNIMPLEMENTED, "not-served"),
    TooSlow: (StatusCode.DEADLINE_EXCEEDED, "too-slow"),
    Exception: (StatusCode.INTERNAL, "internal"),
}


def code_of(error: Exception) -> StatusCode:
    """Return the code that a call ends with for `error`."""
    return _line(error)[0]


def to_status(error: Exception, domain: str) -> Status:
    """Return the code, the sentence and the details for `error`; an unforeseen error is not shown.

    `domain` names the service that made the error. A very long text, such as a path in free-form
    data, is cut to its beginning.
    """
    cause = error.cause if isinstance(error, CutShort) else error
    code, reason = _line(cause)
    info = ErrorInfo(reason=reason, domain=domain)
    text = told(cause) if isinstance(cause, ApplicationError) else str(cause)
    if code is StatusCode.INTERNAL:
        text = "the service failed; its log has the reason under this request id"
    if isinstance(error, CutShort):
        info.metadata.update({name: str(count) for name, count in error.counts.items()})
        text = f"{_short(text)} ({error.done})"
    status = Status(code=code.value[0], message=_short(text))
    for detail in (info, *_more(cause), *_request()):
        status.details.add().Pack(detail)
    return status


def metadata_of(status: Status) -> tuple[str, bytes]:
    """Return the metadata that carries the details."""
    return DETAILS, status.SerializeToString()


def _line(error: Exception) -> tuple[StatusCode, str]:
    cause = error.cause if isinstance(error, CutShort) else error
    return next(STATUSES[base] for base in type(cause).__mro__ if base in STATUSES)


def _more(error: Exception) -> list[Message]:
    if isinstance(error, Invalid | GrpcRefused):
        violation = BadRequest.FieldViolation(
            field=_short(error.field), description=_short(error.reason)
        )
        return [BadRequest(field_violations=[violation])]
    if isinstance(error, Busy | Unavailable):
        seconds = getattr(error, "retry_after", RETRY_AFTER)
        return [RetryInfo(retry_delay=Duration(seconds=seconds))]
    return []


def _request() -> list[Message]:
    context = current_context()
    return [] if context is None else [RequestInfo(request_id=context.request_id)]


def _short(text: str) -> str:
    # Characters that no protobuf string can hold are escaped.
    told = text.encode(errors="backslashreplace")
    if len(told) <= _LONGEST:
        return told.decode()
    return f"{told[:_LONGEST].decode(errors='ignore')}…"
