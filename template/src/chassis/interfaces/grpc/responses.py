"""From the answer of a use case to the protobuf message of a response, by the names of fields."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message as ProtoMessage
from google.protobuf.message_factory import GetMessageClass
from msgspec import Struct

from chassis.domain.json_text import JsonText
from chassis.interfaces.grpc.requests import check_names, words_of
from chassis.interfaces.grpc.timestamps import TIMESTAMP, stamp_of


def response_writer(message: type[ProtoMessage], answer: Any) -> Callable[[Any], Any]:
    """Return the function from an answer to its protobuf message.

    `answer` is the type of the answer: a struct, a dataclass, or a union of them. If the response
    has a single field of another name, which is a message, then the answer is that message. Ids are
    text, times are Timestamps, and `None` is not set.

    Raises `TypeError` if the response has a field that the answer lacks. A field of the answer that
    the response lacks is not sent.
    """
    known = dict(_fields(answer))
    fields: Any = message.DESCRIPTOR.fields
    only = fields[0] if len(fields) == 1 else None
    if only and only.message_type and not only.is_repeated and only.name not in known:
        name, write = only.name, response_writer(GetMessageClass(only.message_type), answer)
        return lambda told: message(**{name: write(told)})
    check_names(message, known, str(answer))
    writers = [(field.name, _writer(field, known[field.name])) for field in fields]

    def write_response(told: Any) -> Any:
        values = {
            name: value if writer is None else writer(value)
            for name, writer in writers
            if (value := getattr(told, name, None)) is not None
        }
        return message(**values)

    return write_response


def _writer(field: FieldDescriptor, kind: Any) -> Callable[[Any], Any] | None:
    one = _item_writer(field, kind)
    if not field.is_repeated:
        return one
    return list if one is None else lambda items: [one(item) for item in items]


def _item_writer(field: FieldDescriptor, kind: Any) -> Callable[[Any], Any] | None:
    if field.message_type is not None:
        if field.message_type.full_name == TIMESTAMP:
            return stamp_of
        if field.message_type.GetOptions().map_entry:
            raise TypeError(f"{field.full_name} needs a mapping of its own")
        return response_writer(GetMessageClass(field.message_type), kind)
    if field.enum_type is not None:
        numbers = {word: number for number, word in words_of(field.enum_type).items()}
        return numbers.__getitem__
    if field.type != FieldDescriptor.TYPE_STRING:
        return None
    classes = {*_classes(kind)} - {NoneType}
    # Most texts need no conversion.
    return None if classes == {str} else str if classes == {UUID} else _text


def _text(value: Any) -> str:
    match value:
        case str() | UUID():
            return str(value)
        case JsonText():
            return value.text.decode()
        case _:
            # Raw JSON is bytes-like.
            return bytes(value).decode()


def _fields(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the type of each field of the classes in an annotation."""
    for kind in _classes(answer):
        if not issubclass(kind, Struct) and not is_dataclass(kind):
            continue
        hints = get_type_hints(kind, include_extras=True)
        names: Iterable[str] = (
            kind.__struct_fields__ if issubclass(kind, Struct) else kind.__dataclass_fields__
        )
        yield from ((name, hints[name]) for name in names)


def _classes(annotation: Any) -> Iterator[Any]:
    """Yield the classes that an annotation names: `str` and `NoneType` for `str | None`."""
    annotation = getattr(annotation, "__value__", annotation)
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _classes(part)
