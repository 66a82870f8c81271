"""What Litestar cannot see for itself, told to the schema: query parameters and problems."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from msgspec import Struct
from msgspec.inspect import BoolType, DateTimeType, IntType, LiteralType, Type

from app.interfaces.http.query import parameters
from app.interfaces.serving.problem import MEDIA_TYPE, Problem

_DESCRIPTIONS = {
    400: "Malformed",
    404: "Not found, or not served by the roles that run here",
    413: "Too large, or too many at once",
    415: "Not JSON",
    422: "A rule is broken",
    503: "Busy or unavailable; try again after `Retry-After` seconds",
}


def accepts(answer: Any) -> dict[int, ResponseSpec]:
    """Return the response of a route that accepts work, and answers with a `JSONAnswer`."""
    return {
        202: ResponseSpec(
            data_container=answer,
            description="Request accepted, processing continues off-line",
            generate_examples=False,
        )
    }


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the responses of a route that may end in these statuses."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in statuses
    }


def takes(query: type[Struct]) -> type[Operation]:
    """Return the operation of a route that decodes its query string as `query`."""
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(query)}
    return _with_parameters(
        Parameter(name=name, param_in="query", schema=_schema(kind, defaults[name]))
        for name, kind in parameters(query).items()
    )


def takes_header(name: str) -> type[Operation]:
    """Return the operation of a route that reads a header which may be left out."""
    return _with_parameters(
        [Parameter(name=name, param_in="header", schema=Schema(type=OpenAPIType.STRING))]
    )


def _with_parameters(added: Iterable[Parameter]) -> type[Operation]:
    parameters = list(added)

    @dataclass
    class ParametersOperation(Operation):
        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or ()), *parameters]

    return ParametersOperation


def _schema(kind: Type, default: Any) -> Schema:
    match kind:
        case IntType():
            return Schema(type=OpenAPIType.INTEGER, default=default)
        case BoolType():
            return Schema(type=OpenAPIType.BOOLEAN, default=default)
        case DateTimeType():
            return Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME)
        case LiteralType():
            return Schema(type=OpenAPIType.STRING, enum=list(kind.values), default=default)
        case _:
            return Schema(type=OpenAPIType.STRING, default=default)
