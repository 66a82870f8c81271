"""From the protobuf message of a request to the message of a use case, by the names of fields."""

from collections.abc import Callable, Collection
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message as ProtoMessage
from google.protobuf.message_factory import GetMessageClass

from chassis.application.commands.idempotency_key import FIELD
from chassis.application.errors import NotFound
from chassis.application.message import Message
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.timestamps import TIMESTAMP, time_of
from chassis.interfaces.serving.error_messages import describe_error
from chassis.interfaces.serving.texts import check_texts

ID = "id"
# Characters of a malformed id that the answer repeats.
LONGEST_ID = 64

type Read = Callable[[Any], dict[str, Any]]


def request_reader[M: Message[Any]](
    kind: type[ProtoMessage], message: type[M]
) -> Callable[[Any], M]:
    """Return the function from a request to the message; the idempotency key is set by the caller.

    A field with presence that is not set has the message's default. An enum's value is its name
    without the enum's, in lower case: `REPORT_BY_RECEIVER` is `receiver`; the zero value counts as
    not set. The function raises `Invalid`, or `NotFound` if the `id` is no UUID: nothing has it.

    Raises `TypeError` if the request has a field that the message lacks, or lacks one without a
    default.
    """
    fields = [each for each in msgspec.structs.fields(message) if each.name != FIELD]
    required = {each.name for each in fields if each.required}
    check_names(kind, {each.name for each in fields}, message.__name__, required)
    read = values_of(kind)
    has_id = get_type_hints(message).get(ID) is UUID

    def read_request(asked: Any) -> M:
        try:
            values = read(asked)
            if has_id and ID in values:
                values[ID] = _identity(values[ID])
            told: M = msgspec.convert(values, message)
        except msgspec.ValidationError as error:
            raise Invalid(*describe_error(error)) from None
        check_texts(told)
        return told

    return read_request


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is nothing with the id {text[:LONGEST_ID]}") from None


def check_names(
    kind: type[ProtoMessage], known: Collection[str], other: str, required: Collection[str] = ()
) -> None:
    """Raise `TypeError` if the protobuf message has a field of another name, or lacks a field.

    `known` are the names of `other`, and `required` those that the protobuf message must have.
    """
    name, names = kind.DESCRIPTOR.full_name, set(kind.DESCRIPTOR.fields_by_name)
    if unknown := names - set(known):
        raise TypeError(f"{name} has fields that {other} lacks: {_listed(unknown)}")
    if missing := set(required) - names:
        raise TypeError(f"{name} lacks fields of {other}: {_listed(missing)}")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def values_of(kind: type[ProtoMessage]) -> Read:
    """Return the function from a protobuf message to its values by name, without those not set."""
    fields: Any = kind.DESCRIPTOR.fields
    readers = [(field.name, field.has_presence, _reader(field)) for field in fields]

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
        return values_of(GetMessageClass(field.message_type))
    if field.enum_type is not None:
        return _word_reader(field.name, field.enum_type)
    return _same


def _word_reader(name: str, kind: EnumDescriptor) -> Callable[[int], str | None]:
    words = words_of(kind)
    known = " or ".join(each.name for each in kind.values if each.number)

    def read(number: int) -> str | None:
        if number not in words:
            raise Invalid(name, f"must be {known}")
        return words[number] if number else None

    return read


def words_of(kind: EnumDescriptor) -> dict[int, str]:
    """Return the word of each number of an enum: its name without the enum's, in lower case."""
    prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in kind.name).removeprefix("_")
    return {each.number: each.name.removeprefix(f"{prefix}_").lower() for each in kind.values}


def _same(value: Any) -> Any:
    return value
