"""The context of a message: its caller, request and trace."""

import os
import re
from contextlib import AbstractContextManager
from contextvars import ContextVar

from msgspec import Struct

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.access.network import network_of

# https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Context(Struct, frozen=True, kw_only=True):
    """One request's identity, from its first transport to its last consumer."""

    request_id: str
    traceparent: str
    caller: Caller = ANONYMOUS
    # The transport of the request, and the address that it came from.
    transport: str = ""
    peer: str = ""

    @property
    def trace_id(self) -> str:
        """The 32 hex digits that every log line of one trace shares."""
        return self.traceparent[3:35]

    @property
    def asker(self) -> str:
        """The name in the token; without a token, the address, or its network."""
        if self.caller is ANONYMOUS:
            return f"address:{network_of(self.peer)}"
        return f"caller:{self.caller.name}"


# Use `use_context` by default; code that has a `finally` anyway can set and reset it itself.
CURRENT: ContextVar[Context | None] = ContextVar("context", default=None)


def new_context(
    request_id: str | None = None,
    traceparent: str | None = None,
    *,
    caller: Caller = ANONYMOUS,
    transport: str = "",
    peer: str = "",
) -> Context:
    """Return a context with the given ids if they are well formed, or with new ones.

    A new trace is not sampled: its parent span is recorded nowhere.
    """
    # One call for both ids: a call costs more than its bytes.
    digits = os.urandom(32).hex()
    if traceparent is None or not TRACEPARENT.fullmatch(traceparent):
        traceparent = f"00-{digits[:32]}-{digits[32:48]}-00"
    if request_id is None or not _REQUEST_ID.fullmatch(request_id):
        request_id = digits[48:]
    return Context(
        request_id=request_id,
        traceparent=traceparent,
        caller=caller,
        transport=transport,
        peer=peer,
    )


def current_context() -> Context | None:
    """Return the context of the running task, if it has one."""
    return CURRENT.get()


def current_caller() -> Caller:
    """Return the caller of the running task."""
    context = CURRENT.get()
    return ANONYMOUS if context is None else context.caller


class _Using:
    # Takes half the time of a generator, and every request has one.
    __slots__ = ("_context", "_token")

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Context:
        self._token = CURRENT.set(self._context)
        return self._context

    def __exit__(self, *error: object) -> None:
        CURRENT.reset(self._token)


def use_context(context: Context) -> AbstractContextManager[Context]:
    """Make `context` the current one inside the block."""
    return _Using(context)
