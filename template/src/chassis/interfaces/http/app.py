"""The Litestar application."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from chassis.application.bus import Bus
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.interfaces.http.errors import handle_error
from chassis.interfaces.http.options import tell_methods
from chassis.interfaces.http.origin import ALLOWED
from chassis.interfaces.http.request import BUS, StrictRequest
from chassis.interfaces.http.schema.closed import ClosedStructs
from chassis.interfaces.http.schema.page import SchemaPage, schema_router
from chassis.interfaces.serving.auth import Access
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.observe import HttpObserver
from chassis.interfaces.serving.trace import Trace

type Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

MAX_BODY = 1024 * 1024
BEARER = "bearer"


def create_http(
    bus: Bus,
    routes: Sequence[ControllerRouterHandler],
    *,
    title: str,
    version: str,
    description: str | None = None,
    max_body: int = MAX_BODY,
    allowed_origins: Collection[str] = (),
    lifespan: Sequence[Lifespan] = (),
    authenticator: Authenticator | None = None,
    tracing: Tracing | None = None,
    meter: Meter | None = None,
    request_log: RequestLog | None = None,
) -> Litestar:
    """Return the application that answers on `routes` with what `bus` handles.

    `allowed_origins` (`https://example.com`) may open WebSockets in addition to the service's own
    host. `lifespan` runs with the application, if no command of ours owns it.
    """
    app = Litestar(
        route_handlers=[*tell_methods(routes), *routes],
        dependencies={"bus": Provide(lambda: bus, sync_to_thread=False)},
        exception_handlers={Exception: handle_error},
        lifespan=list(lifespan),
        request_class=StrictRequest,
        request_max_body_size=max_body,
        state=State({BUS: bus, ALLOWED: frozenset(map(str.lower, allowed_origins))}),
        openapi_config=OpenAPIConfig(
            title=title,
            version=version,
            description=description,
            use_handler_docstrings=True,
            # Either is enough: whether callers are authenticated is a setting.
            security=[{}, {BEARER: []}],
            components=Components(
                security_schemes={
                    BEARER: SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
                }
            ),
            openapi_router=schema_router(),
            render_plugins=[SchemaPage()],
        ),
        plugins=[ClosedStructs()],
        logging_config=None,
        debug=False,
    )
    if authenticator is not None and authenticator.is_on:
        app.asgi_handler = Access(app.asgi_handler, authenticator)
    # Around the whole: Litestar's own middleware does not see requests without a route.
    app.asgi_handler = HttpObserver(app.asgi_handler, meter, request_log)
    if tracing is not None and tracing.is_on:
        # Around that: its log lines carry the trace of the span.
        app.asgi_handler = Trace(app.asgi_handler, tracing)
    return app
