"""What an aggregate exports to be served."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from chassis.application.bus import Bus

type Handler = grpc.RpcMethodHandler[Any, Any]


class Service(NamedTuple):
    """A service of a proto file, and who answers it.

    `servicer` is called with the bus, and with how many things one request may hold. What it
    returns has a method for each of the service's own, of the same name: it gets a request, or an
    asynchronous iterator of them, and a `Context`; it returns the response, or is an asynchronous
    generator of them. What it raises becomes a status. The answers of the `large` methods may be
    large: few of them are made at once for one connection.
    """

    descriptor: ServiceDescriptor
    servicer: Callable[[Bus, int], object]
    large: frozenset[str] = frozenset()
