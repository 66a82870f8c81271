"""Protobuf messages that are made here, without a proto file."""

from typing import Any, cast

from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message_factory import GetMessageClass

Field = descriptor_pb2.FieldDescriptorProto
TEXT, WHOLE, FLAG = Field.TYPE_STRING, Field.TYPE_INT32, Field.TYPE_BOOL
TIME = f".{timestamp_pb2.Timestamp.DESCRIPTOR.full_name}"


def make_file(
    package: str,
    messages: dict[str, dict[str, Any]],
    enums: dict[str, list[str]] | None = None,
    methods: dict[str, tuple[str, str]] | None = None,
) -> FileDescriptor:
    """Return a file of a package, which no other file in this process has.

    A field is a type, or `(type, "optional" | "repeated")`. A type is a number, or the full name of
    a message. Before the full name of an enum there is `enum:`. `methods` are those of the service
    `Shop`.
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package)
    file.syntax = "proto3"
    file.dependency.append("google/protobuf/timestamp.proto")
    for name, values in (enums or {}).items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields.items(), start=1):
            _add_field(message, field, number, kind)
    service = file.service.add(name="Shop")
    for name, (asked, told) in (methods or {}).items():
        service.method.add(
            name=name, input_type=f".{package}.{asked}", output_type=f".{package}.{told}"
        )
    # The one pool that the class of a Timestamp is in.
    pool: Any = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return cast(FileDescriptor, pool.FindFileByName(file.name))


def made(file: FileDescriptor, name: str) -> Any:
    """Return the class of a message."""
    return GetMessageClass(file.message_types_by_name[name])


def _add_field(message: Any, name: str, number: int, kind: Any) -> None:
    kind, label = kind if isinstance(kind, tuple) else (kind, "")
    field = message.field.add(name=name, number=number)
    field.label = Field.LABEL_REPEATED if label == "repeated" else Field.LABEL_OPTIONAL
    if label == "optional":
        field.proto3_optional = True
        field.oneof_index = len(message.oneof_decl)
        message.oneof_decl.add(name=f"_{name}")
    if isinstance(kind, int):
        field.type = kind
    elif kind.startswith("enum:"):
        field.type, field.type_name = Field.TYPE_ENUM, kind.removeprefix("enum:")
    else:
        field.type, field.type_name = Field.TYPE_MESSAGE, kind
