"""The errors of this transport: Litestar's own, and the table that all of HTTP shares."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException

from chassis.interfaces.serving import problem_of
from chassis.interfaces.serving.problem import MEDIA_TYPE, Problem, encode, problem

log = logging.getLogger(__name__)


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
        case NotFoundException():
            return problem(404, "there is no resource at this path")
        case HTTPException() if error.status_code < 500:
            return problem(error.status_code, error.detail)
        case _:
            return problem_of.to_problem(error, in_query=in_query)


def headers_of(error: Exception) -> dict[str, str]:
    """Return the headers of an answer to `error`, in addition to its document's."""
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Litestar counts a WebSocket on the same path as a method.
        allowed = (error.headers or {}).get("allow", "").replace(" ", "").split(",")
        return {"Allow": ", ".join(sorted(set(allowed) - {"websocket"}))}
    return problem_of.headers_of(error)
