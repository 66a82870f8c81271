"""The operation of a route in the schema: the parts that Litestar cannot infer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec
from litestar.openapi.spec import (
    Link,
    OpenAPIHeader,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    Schema,
)
from msgspec import Struct

from chassis.interfaces.http.parameter import parameter_schema
from chassis.interfaces.http.query import parameters

_RETRY_AFTER = OpenAPIHeader(
    description="Seconds after which to retry",
    required=True,
    schema=Schema(type=OpenAPIType.INTEGER, minimum=0),
)


def describe(
    *,
    query: type[Struct] | None = None,
    headers: Mapping[str, Schema] | None = None,
    answers: Mapping[str, OpenAPIHeader] | None = None,
    links: Mapping[str, Link] | None = None,
) -> type[Operation]:
    """Return the operation of a route.

    It decodes its query string as `query` and reads `headers`, all of them optional. Its successes
    have the headers `answers`, and further `links`.
    """
    added = [*_from_query(query), *_from_headers(headers or {})]

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            self.parameters = [*(self.parameters or ()), *added] or None
            for status, response in (self.responses or {}).items():
                assert isinstance(response, OpenAPIResponse)
                if status in ("429", "503"):
                    response.headers = {"Retry-After": _RETRY_AFTER}
                elif status.startswith("2"):
                    response.headers = {**(response.headers or {}), **(answers or {})} or None
                    response.links = dict(links or {}) or None

    return Described


def _from_query(query: type[Struct] | None) -> Iterable[Parameter]:
    if query is None:
        return
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(query)}
    for name, kind in parameters(query).items():
        schema = replace(parameter_schema(kind), default=defaults[name])
        yield Parameter(name=name, param_in="query", schema=schema)


def _from_headers(headers: Mapping[str, Schema]) -> Iterable[Parameter]:
    for name, schema in headers.items():
        yield Parameter(name=name, param_in="header", schema=schema)
