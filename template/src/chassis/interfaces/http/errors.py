"""The mapping of errors to problem documents: the one table of this transport."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException

from chassis.application.errors import (
    ApplicationError,
    Busy,
    ConstraintViolated,
    Forbidden,
    KeyReused,
    NotFound,
    NotServed,
    RateLimited,
    TooMany,
    Unauthorized,
    Unavailable,
)
from chassis.domain.errors import Invalid
from chassis.interfaces.http.refused import ClientLeft, HttpRefused
from chassis.interfaces.serving.problem import MEDIA_TYPE, FieldError, Problem, encode, problem
from chassis.interfaces.serving.told import told

log = logging.getLogger(__name__)

RETRY_AFTER = 5

# A user's own error has the line of the nearest base class.
STATUSES: dict[type[ApplicationError], tuple[int, str]] = {
    Unauthorized: (401, "unauthorized"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not-found"),
    NotServed: (404, "not-served"),
    TooMany: (413, "too-many"),
    KeyReused: (422, "key-reused"),
    ConstraintViolated: (422, "constraint-violated"),
    RateLimited: (429, "rate-limited"),
    Busy: (503, "busy"),
    Unavailable: (503, "unavailable"),
    ApplicationError: (409, "conflict"),
}


def handle_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any error with a problem document; an unforeseen one is logged and not shown."""
    document = to_problem(error, in_query=request.method == "GET")
    if document.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unforeseen error", exc_info=error)
    return Response(
        encode(document),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers=headers_of(error),
    )


def to_problem(error: Exception, *, in_query: bool) -> Problem:
    """Return the problem document for `error`."""
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
        case NotFoundException():
            return problem(404, "there is no resource at this path")
        case HTTPException() if error.status_code < 500:
            return problem(error.status_code, error.detail)
        case _:
            return problem(500, "the service failed; its log has the reason under this request id")


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers of an answer to `error`, in addition to its document's."""
    if isinstance(error, Unauthorized):
        # RFC 6750, 3: a parameter shows whether a token was sent.
        return {"WWW-Authenticate": f'Bearer error_description="{error}"'}
    if isinstance(error, Busy | Unavailable):
        return {"Retry-After": str(getattr(error, "retry_after", RETRY_AFTER))}
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Litestar counts a WebSocket on the same path as a method.
        allowed = (error.headers or {}).get("allow", "").replace(" ", "").split(",")
        return {"Allow": ", ".join(sorted(set(allowed) - {"websocket"}))}
    return {}
