"""From a service of a proto file, and an object with a method for each of its own, to a handler."""

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from app.application.bus import Bus

type Handler = grpc.RpcMethodHandler[Any, Any]

_HANDLERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


class Service(NamedTuple):
    """What an aggregate exports: what its proto file says, and who answers it.

    `servicer` is called with the bus, and with how many things one request may hold.
    """

    descriptor: ServiceDescriptor
    servicer: Callable[[Bus, int], object]


def handler_of(descriptor: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler:
    """Return what answers the calls to the service; each method of `servicer` is named like its.

    A method gets a request, or an asynchronous iterator of them, and a `ServicerContext`; it
    returns the response, or is an asynchronous generator of them. What it raises becomes a status.
    """
    methods = {method.name: _method(method, servicer) for method in descriptor.methods}
    return grpc.method_handlers_generic_handler(descriptor.full_name, methods)


def _method(method: MethodDescriptor, servicer: object) -> Handler:
    shape = method.client_streaming, method.server_streaming
    return _HANDLERS[shape](
        getattr(servicer, method.name),
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=GetMessageClass(method.output_type).SerializeToString,
    )
