"""From the protobuf message of a request to the message of a use case, by the names of fields."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message as ProtoMessage

from chassis.application.commands.idempotency_key import FIELD
from chassis.application.message import Message
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.timestamps import TIMESTAMP, time_of
from chassis.interfaces.serving.error_messages import describe_error
from chassis.interfaces.serving.texts import check_texts

type Read = Callable[[Any], dict[str, Any]]


def request_reader[M: Message[Any]](kind: Descriptor, message: type[M]) -> Callable[[Any], M]:
    """Return the function from a request to the message; the idempotency key is set by the caller.

    A field with presence that is not set has the message's default. An enum's value is its name
    without the enum's, in lower case: `REPORT_BY_RECEIVER` is `receiver`; the zero value counts as
    not set. The function raises `Invalid`.

    Raises `TypeError` if one of the two has fields that the other lacks.
    """
    check_names(kind, set(message.__struct_fields__) - {FIELD}, message.__name__)
    read = values_of(kind)

    def read_request(asked: Any) -> M:
        try:
            told: M = msgspec.convert(read(asked), message)
        except msgspec.ValidationError as error:
            raise Invalid(*describe_error(error)) from None
        check_texts(told)
        return told

    return read_request


def check_names(kind: Descriptor, names: Collection[str], other: str) -> None:
    """Raise `TypeError` if the fields of the protobuf message do not have these names."""
    if different := set(kind.fields_by_name) ^ set(names):
        fields = ", ".join(sorted(different))
        raise TypeError(f"{kind.full_name} and {other} differ in these fields: {fields}")


def values_of(kind: Descriptor) -> Read:
    """Return the function from a protobuf message to its values by name, without those not set."""
    readers = [(field.name, field.has_presence, _reader(field)) for field in kind.fields]

    def read(asked: ProtoMessage) -> dict[str, Any]:
        values = {}
        for name, has_presence, reader in readers:
            if not has_presence or asked.HasField(name):
                value = reader(asked, name)
                if value is not None:
                    values[name] = value
        return values

    return read


def _reader(field: FieldDescriptor) -> Callable[[Any, str], Any]:
    if field.is_repeated:
        one = _item_reader(field)
        return lambda asked, name: [one(item) for item in getattr(asked, name)]
    if field.message_type is not None and field.message_type.full_name == TIMESTAMP:
        return time_of
    one = _item_reader(field)
    return lambda asked, name: one(getattr(asked, name))


def _item_reader(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.message_type is not None:
        if field.message_type.full_name == TIMESTAMP or field.message_type.GetOptions().map_entry:
            raise TypeError(f"{field.full_name} needs a mapping of its own")
        return values_of(field.message_type)
    if field.enum_type is not None:
        return _word_reader(field.name, words_of(field.enum_type))
    return _same


def _word_reader(name: str, words: dict[int, str]) -> Callable[[int], str | None]:
    known = ", ".join(word for number, word in words.items() if number)

    def read(number: int) -> str | None:
        if number not in words:
            raise Invalid(name, f"must be one of {known}")
        return words[number] if number else None

    return read


def words_of(kind: EnumDescriptor) -> dict[int, str]:
    """Return the word of each number of an enum: its name without the enum's, in lower case."""
    prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in kind.name).removeprefix("_")
    return {each.number: each.name.removeprefix(f"{prefix}_").lower() for each in kind.values}


def _same(value: Any) -> Any:
    return value
