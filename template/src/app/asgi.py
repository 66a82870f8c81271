"""The service as an ASGI application, for any ASGI server and for the `litestar` command."""

from functools import partial

from chassis.asgi import create_app

create = partial(create_app, package="app")
