"""The mapping of errors to problem documents: the one table of what answers over HTTP."""

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
from chassis.interfaces.serving.problem import FieldError, Problem, problem
from chassis.interfaces.serving.refused import ClientLeft, HttpRefused
from chassis.interfaces.serving.told import told

RETRY_AFTER = 5

# A user's own error has the line of the nearest base class.
STATUSES: dict[type[ApplicationError], tuple[int, str]] = {
    Unauthorized: (401, Unauthorized.word),
    Forbidden: (403, Forbidden.word),
    NotFound: (404, NotFound.word),
    NotServed: (404, NotServed.word),
    TooMany: (413, TooMany.word),
    KeyReused: (422, KeyReused.word),
    ConstraintViolated: (422, ConstraintViolated.word),
    RateLimited: (429, RateLimited.word),
    LockHeld: (503, LockHeld.word),
    LockLost: (503, LockLost.word),
    StaleGrant: (503, StaleGrant.word),
    Busy: (503, Busy.word),
    Unavailable: (503, Unavailable.word),
    OutcomeUnknown: (503, OutcomeUnknown.word),
    NoWorker: (503, NoWorker.word),
    DeadlineExceeded: (503, DeadlineExceeded.word),
    ApplicationError: (409, ApplicationError.word),
}


def to_problem(error: Exception, *, in_query: bool = False) -> Problem:
    """Return the problem document for `error`; an unforeseen one is not shown."""
    match error:
        case HttpRefused():
            blame = FieldError(error.field, error.reason)
            return problem(error.status, str(error), errors=[blame])
        case Invalid():
            blame = FieldError(error.field, error.reason)
            status = 400 if in_query else 422
            return problem(status, str(error), kind="invalid", errors=[blame])
        case ApplicationError():
            status, kind = next(STATUSES[base] for base in type(error).__mro__ if base in STATUSES)
            return problem(status, told(error), kind=kind)
        case ClientLeft():
            return problem(400, "the request ended early")
        case _:
            return problem(500, "the service failed; its log has the reason under this request id")


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers of an answer to `error`, in addition to its document's."""
    if isinstance(error, Unauthorized):
        # RFC 6750, 3: a parameter shows whether a token was sent.
        return {"WWW-Authenticate": f'Bearer error_description="{error}"'}
    if isinstance(error, Busy | Unavailable):
        return {"Retry-After": str(getattr(error, "retry_after", RETRY_AFTER))}
    return {}
