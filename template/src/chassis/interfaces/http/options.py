"""OPTIONS: the methods of a path."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus

from litestar import Response, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler


def tell_methods(routes: Iterable[ControllerRouterHandler]) -> list[HTTPRouteHandler]:
    """Return handlers of OPTIONS for the paths that several of `routes` share.

    They come before the other routes: Litestar creates a handler for the first of them, without the
    methods of the rest. A path with its own OPTIONS handler keeps it.
    """
    by_path: defaultdict[str, list[HTTPRouteHandler]] = defaultdict(list)
    for handler in routes:
        if isinstance(handler, HTTPRouteHandler):
            for path in handler.paths:
                by_path[path].append(handler)
    methods = {
        path: {str(method) for handler in handlers for method in handler.http_methods}
        for path, handlers in by_path.items()
        if len(handlers) > 1
    }
    return [
        _options(path, {*known, "OPTIONS"})
        for path, known in methods.items()
        if "OPTIONS" not in known
    ]


def _options(path: str, methods: Iterable[str]) -> HTTPRouteHandler:
    allowed = {"Allow": ", ".join(sorted(methods))}

    @route(path, http_method=HttpMethod.OPTIONS, include_in_schema=False, sync_to_thread=False)
    def options() -> Response[None]:
        return Response(None, status_code=HTTPStatus.NO_CONTENT, headers=allowed)

    return options
