"""The schema of a query parameter: the values that `query.py` accepts for its type, with bounds."""

from dataclasses import replace

from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, Schema
from msgspec.inspect import BoolType, DateTimeType, IntType, LiteralType, Metadata, StrType, Type

# No text contains NUL: the databases could not store it.
NO_NUL = r"^[^\u0000]*$"


def parameter_schema(kind: Type) -> Schema:
    """Return the schema of a parameter of that type."""
    match kind:
        case Metadata():
            # `Meta(extra_json_schema=…)`: rules that the use case checks, in its own words.
            return replace(parameter_schema(kind.type), **(kind.extra_json_schema or {}))
        case IntType():
            return Schema(type=OpenAPIType.INTEGER, minimum=kind.ge, maximum=kind.le)
        case BoolType():
            return Schema(type=OpenAPIType.BOOLEAN)
        case DateTimeType():
            return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME)
        case LiteralType():
            return Schema(type=OpenAPIType.STRING, enum=list(kind.values))
        case StrType():
            return Schema(
                type=OpenAPIType.STRING,
                min_length=kind.min_length,
                max_length=kind.max_length,
                pattern=kind.pattern or NO_NUL,
            )
        case _:
            return Schema(type=OpenAPIType.STRING)
