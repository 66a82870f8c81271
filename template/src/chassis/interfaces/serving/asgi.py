"""The shapes of ASGI (https://asgi.readthedocs.io), as far as the service names them."""

from collections.abc import Awaitable, Callable
from typing import Any

# Any, since uvicorn and Litestar type the same dictionaries each in a way of its own.
type Scope = Any
type Message = Any
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
