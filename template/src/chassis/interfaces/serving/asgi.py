"""The types of ASGI (https://asgi.readthedocs.io) that the service names."""

from collections.abc import Awaitable, Callable
from typing import Any

# Any, since uvicorn and Litestar each have different types for the same dictionaries.
type Scope = Any
type Message = Any
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
