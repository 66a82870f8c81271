"""OPTIONS: every method of a path, whichever route brings it."""

import pytest
from litestar import Response, delete, get, route
from litestar.enums import HttpMethod

from chassis.application.bus import Bus
from tests.chassis.integration.http.serving import serve


@delete("/notifications", status_code=204)
async def clear() -> None:
    """A route of one's own, on a path that is there."""


@route("/own", http_method=HttpMethod.OPTIONS)
async def own_options() -> Response[None]:
    """Another one than the template would make."""
    return Response(None, headers={"Allow": "GET"})


@get("/own")
async def read() -> str:
    """Its path has an OPTIONS of its own, which goes first."""
    return ""


@pytest.mark.parametrize(
    ("path", "expected"),
    (
        ("/notifications", "DELETE, GET, OPTIONS, POST"),
        ("/notifications/019a0000-0000-7000-8000-000000000000", "GET, OPTIONS, PATCH"),
        ("/reports/notifications", "GET, OPTIONS"),
        ("/own", "GET"),
    ),
)
async def test_tells_all_methods_of_the_path(path: str, expected: str) -> None:
    async with serve(Bus({}), clear, own_options, read) as http:
        answer = await http.options(path)

    assert answer.is_success
    assert answer.headers["Allow"] == expected
