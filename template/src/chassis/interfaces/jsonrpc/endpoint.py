"""The state that all sessions of one server share."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Raw

from chassis.application.bus import Bus
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.interfaces.jsonrpc import builtin
from chassis.interfaces.jsonrpc.call import call_decoder
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.openrpc import Info, document
from chassis.interfaces.serving.meter import Meter

IN_FLIGHT = 256
LARGE_AT_ONCE = 4


class Endpoint:
    """The methods and what they need; `transport` is the server's name, for logs and traces.

    `in_flight` bounds the requests of one session at once, and `large_at_once` those among them
    whose answers may be large.
    """

    def __init__(
        self,
        transport: str,
        bus: Bus,
        methods: Iterable[Method[Any]],
        *,
        info: Info,
        authenticator: Authenticator | None = None,
        tracing: Tracing | None = None,
        meter: Meter | None = None,
        request_log: RequestLog | None = None,
        in_flight: int = IN_FLIGHT,
        large_at_once: int = LARGE_AT_ONCE,
    ) -> None:
        self.transport = transport
        self.bus = bus
        self.methods = {method.name: method for method in (*builtin.methods, *methods)}
        self.decode = call_decoder(self.methods.values())
        self.authenticator = authenticator
        self.tracing = tracing if tracing is not None and tracing.is_on else None
        self.meter = meter
        self.request_log = request_log
        self.in_flight = in_flight
        self.large_at_once = large_at_once
        self._info = info

    @property
    def document(self) -> dict[str, Any]:
        """The OpenRPC document."""
        return document(self._info, self.methods.values())

    @cached_property
    def description(self) -> Raw:
        """The same, encoded once for all callers."""
        return Raw(msgspec.json.encode(self.document))
