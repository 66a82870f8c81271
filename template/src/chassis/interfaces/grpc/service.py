"""The exports of an aggregate that are served."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from chassis.application.bus import Bus

type Handler = grpc.RpcMethodHandler[Any, Any]


class GrpcService(NamedTuple):
    """A service of a proto file, and the class that implements it.

    `servicer` is called with the bus, and with the limit of items in one request. The result has a
    method for each of the service's own, of the same name. A method gets a request, or an
    asynchronous iterator of them, and a `Context`; it returns the response, or is an asynchronous
    generator of them. Its errors become statuses. The answers of the `large` methods may be large:
    few of them are built at once for one connection.
    """

    descriptor: ServiceDescriptor
    servicer: Callable[[Bus, int], object]
    large: frozenset[str] = frozenset()
