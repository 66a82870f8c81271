"""The responses of a route in the schema: the accepted requests, and the refusals."""

from typing import Any

from litestar.openapi.datastructures import ResponseSpec

from chassis.interfaces.serving.problem import MEDIA_TYPE, Problem

_DESCRIPTIONS = {
    400: "Malformed",
    401: "Missing or invalid credentials",
    403: "The caller has no permission for this, or not for this receiver",
    404: "Not found, or not served by the roles that run here",
    413: "Too large, or too many at once",
    415: "Not JSON",
    422: "A rule is broken",
    429: "Rate limit reached; try again after `Retry-After` seconds",
    503: "Busy or unavailable; try again after `Retry-After` seconds",
}


def accepts(answer: Any) -> dict[int, ResponseSpec]:
    """Return the response of a route that accepts work, and answers with a `JSONAnswer`."""
    return {
        202: ResponseSpec(
            data_container=answer,
            description="Request accepted, processing continues off-line",
            generate_examples=False,
        )
    }


def finds(answer: Any) -> dict[int, ResponseSpec]:
    """Return the response of a route that reads, and answers with a `JSONAnswer`."""
    return {
        200: ResponseSpec(
            data_container=answer,
            description="Request fulfilled, document follows",
            generate_examples=False,
        )
    }


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the responses of a route that may end in these statuses."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }
