"""Swagger UI, from files that the service includes."""

from html import escape
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.exceptions import NotFoundException
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.params import FromPath
from litestar.status_codes import HTTP_404_NOT_FOUND

ASSETS = Path(__file__).parent / "assets"
PATH = "/schema"
VERSION = (ASSETS / "VERSION").read_text().strip()

_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "init.js": "text/javascript",
    "page.css": "text/css",
}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="stylesheet" href="{assets}/page.css">
</head>
<body>
<div id="schema" data-url="{schema}"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/init.js"></script>
</body>
</html>
"""


def schema_router() -> Router:
    """Return the router of all paths under `/schema`; its pages may load from here alone."""
    return Router(
        path=PATH,
        route_handlers=[],
        include_in_schema=False,
        response_headers=[ResponseHeader(name="Content-Security-Policy", value=_POLICY)],
        after_request=_refuse_unknown,
    )


def _refuse_unknown(response: Response[Any]) -> Response[Any]:
    # Litestar answers an unknown path with a page of its own.
    if response.status_code == HTTP_404_NOT_FOUND:
        raise NotFoundException
    return response


class SchemaPage(OpenAPIRenderPlugin):
    """Renders the schema with the Swagger UI in `assets/`."""

    def __init__(self) -> None:
        super().__init__(path="/", favicon="", style="")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        root = request.scope.get("root_path", "")
        return _PAGE.format(
            title=escape(openapi_schema["info"]["title"]),
            assets=escape(f"{root}{PATH}/assets/{VERSION}"),
            schema=escape(f"{root}{self.get_openapi_json_route(request)}"),
        ).encode()

    def receive_router(self, router: Router) -> None:
        """Serve the files next to the page."""
        router.register(asset)


@get("/assets/{version:str}/{name:str}", sync_to_thread=True)
def asset(version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Return one file; its address changes with the version, so it may be cached permanently."""
    media_type = _MEDIA_TYPES.get(name)
    if version != VERSION or media_type is None:
        raise NotFoundException
    return Response((ASSETS / name).read_bytes(), media_type=media_type, headers=_FOR_EVER)
