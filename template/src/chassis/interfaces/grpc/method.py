"""The methods of a service in a table: by name, each with the message that it hands to the bus."""

from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass
from msgspec.structs import replace

from chassis.application.bus import Bus
from chassis.application.commands.idempotency_key import FIELD
from chassis.application.message import Message
from chassis.application.message_schema import result_of
from chassis.application.streaming.messages import StreamItem
from chassis.application.streaming.streamed import StreamTable
from chassis.application.streaming.words import filters_of, subscribe_by_words
from chassis.interfaces.grpc.idempotency import idempotency_key
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.requests import check_names, request_reader, values_of
from chassis.interfaces.grpc.responses import response_writer
from chassis.interfaces.grpc.service import GrpcService
from chassis.interfaces.grpc.stream import follow
from chassis.interfaces.serving.texts import check_texts

type Behaviour = Callable[[Any, Context], Any]
type ToResponse = Callable[[StreamItem], Any]

_ITEM = ("event", "cursor", "data", "reason")


class GrpcMethod(NamedTuple):
    """One method; `bind` returns its behaviour for the bus of a server."""

    bind: Callable[[MethodDescriptor], Callable[[Bus], Behaviour]]
    is_large: bool = False


def service_of(
    descriptor: ServiceDescriptor,
    methods: Mapping[str, GrpcMethod],
    servicer: Callable[[Bus, int], object] | None = None,
) -> GrpcService:
    """Return the service with these methods; a `servicer` has those that are not in the table.

    Raises `TypeError` if a method is missing or unknown, or if its messages have fields that those
    of the use case lack.
    """
    names = {method.name for method in descriptor.methods}
    if wrong := methods.keys() - names if servicer else methods.keys() ^ names:
        raise TypeError(f"{descriptor.full_name} and its table differ: {', '.join(sorted(wrong))}")
    bound = {name: each.bind(descriptor.methods_by_name[name]) for name, each in methods.items()}

    def make(bus: Bus, max_batch: int) -> object:
        own = {} if servicer is None else _behaviours(servicer(bus, max_batch), names)
        return SimpleNamespace(**own | {name: behave(bus) for name, behave in bound.items()})

    large = frozenset(name for name, each in methods.items() if each.is_large)
    return GrpcService(descriptor, make, large)


def asks(message: type[Message[Any]], *, is_large: bool = False) -> GrpcMethod:
    """Return the method that hands a message to its use case; its fields are the request's.

    An idempotency key comes in the metadata of the call.
    """
    takes_key = FIELD in message.__struct_fields__

    def bind(method: MethodDescriptor) -> Callable[[Bus], Behaviour]:
        read = request_reader(GetMessageClass(method.input_type), message)
        write = response_writer(GetMessageClass(method.output_type), result_of(message))

        def behaviour(bus: Bus) -> Behaviour:
            async def ask(asked: Any, _: Context) -> Any:
                told = read(asked)
                if takes_key:
                    told = replace(told, **{FIELD: idempotency_key()})
                return write(await bus.handle(told))

            return ask

        return behaviour

    return GrpcMethod(bind, is_large)


def streams(table: StreamTable, to_response: ToResponse | None = None) -> GrpcMethod:
    """Return the method that follows an aggregate's events, by filters in its own words.

    The request has the filters and a `cursor`. The response has `event`, `cursor`, `data` (the JSON
    of the event as it was published) and `reason`, all of them texts. `to_response` makes another.
    """

    def bind(method: MethodDescriptor) -> Callable[[Bus], Behaviour]:
        request, words = GetMessageClass(method.input_type), [*filters_of(table), "cursor"]
        check_names(request, words, "the filters of the stream", words)
        read, write = values_of(request), to_response or _response(method)

        def behaviour(bus: Bus) -> Behaviour:
            def subscribe(asked: Any, _: Context) -> AsyncGenerator[Any]:
                words = read(asked)
                check_texts(words)
                cursor = words.pop("cursor", None)
                message = subscribe_by_words(table, table, words, cursor)
                return follow(partial(bus.handle, message), write)

            return subscribe

        return behaviour

    return GrpcMethod(bind)


def _response(method: MethodDescriptor) -> ToResponse:
    message = GetMessageClass(method.output_type)
    check_names(message, _ITEM, "the items of a stream", _ITEM)
    # The stubs know no fields of a class that is made from a descriptor.
    response: Callable[..., Any] = message

    def to_response(item: StreamItem) -> Any:
        data = "" if item.data is None else bytes(item.data).decode()
        return response(event=item.event, cursor=item.cursor, data=data, reason=item.reason or "")

    return to_response


def _behaviours(servicer: object, names: set[str]) -> dict[str, Behaviour]:
    return {name: getattr(servicer, name) for name in names if hasattr(servicer, name)}
