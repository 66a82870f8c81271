"""The OpenRPC document (https://spec.open-rpc.org), made from the types that are decoded.

OpenRPC has no word for messages that a server sends unasked: these are under `x-events`.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, get_args

import msgspec
from msgspec import Struct

from chassis.interfaces.jsonrpc.errors import CODES, INTERNAL_ERROR, Data
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.refused import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
)

OPENRPC = "1.3.2"

_STANDARD = {
    PARSE_ERROR: ("ParseError", "Parse error"),
    INVALID_REQUEST: ("InvalidRequest", "Invalid request"),
    METHOD_NOT_FOUND: ("MethodNotFound", "Method not found"),
    INVALID_PARAMS: ("InvalidParams", "Invalid params"),
    INTERNAL_ERROR: ("InternalError", "Internal error"),
    -32003: ("TooLarge", "Too large, or too many at once"),
    -32004: ("Unauthorized", "Missing or invalid credentials, or no permission"),
    -32005: ("Busy", "Busy or unavailable; try again after data.retry_after seconds"),
}

type Schema = dict[str, Any]


class Info(Struct, frozen=True):
    """The document's information about the service."""

    title: str
    version: str
    description: str | None = None


def document(info: Info, methods: Iterable[Method[Any]]) -> dict[str, Any]:
    """Return the document."""
    methods = sorted(methods, key=lambda method: method.name)
    streams = {m.events.name: m.events for m in methods if m.events is not None}
    own = [Data, *(m.params for m in methods), *(events.params for events in streams.values())]
    results = [each for method in methods for each in _alternatives(method.result)]
    found, components = msgspec.json.schema_components(
        [*own, *results], ref_template="#/components/schemas/{name}"
    )
    schemas = dict(components)
    data, *params = found[: len(own)]
    told = params[len(methods) :]
    results_left = iter(found[len(own) :])
    errors = _errors(data)
    return {
        "openrpc": OPENRPC,
        "info": {name: value for name, value in msgspec.to_builtins(info).items() if value},
        "methods": [
            {
                "name": method.name,
                "summary": method.summary,
                "paramStructure": "by-name",
                "params": _params(each, schemas),
                "result": {"name": "result", "schema": _result(method, results_left)},
                "errors": [{"$ref": f"#/components/errors/{name}"} for name in errors],
            }
            for method, each in zip(methods, params, strict=False)
        ],
        "x-events": [
            {"name": events.name, "summary": events.summary, "params": _params(each, schemas)}
            for events, each in zip(streams.values(), told, strict=True)
        ],
        "components": {"schemas": schemas, "errors": errors},
    }


def _alternatives(result: Any) -> tuple[Any, ...]:
    # msgspec cannot describe a union of structs as a type, since it could not decode it.
    return get_args(result) if isinstance(result, UnionType) else (result,)


def _result(method: Method[Any], schemas: Iterator[Schema]) -> Schema:
    found = [next(schemas) for _ in _alternatives(method.result)]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _params(reference: Schema, schemas: dict[str, Schema]) -> list[dict[str, Any]]:
    """Return the descriptors of the parameters; their own schema is then not needed."""
    whole = schemas.pop(reference["$ref"].rpartition("/")[2])
    required = whole.get("required", ())
    return [
        {"name": name, "required": name in required, "schema": schema}
        for name, schema in whole["properties"].items()
    ]


def _errors(data: Schema) -> dict[str, Mapping[str, Any]]:
    standard = {name: (code, text) for code, (name, text) in _STANDARD.items()}
    own = {
        kind.__name__: (code, (kind.__doc__ or "").splitlines()[0])
        for kind, (code, _) in CODES.items()
        if code not in _STANDARD
    }
    return {
        name: {"code": code, "message": text, "data": data}
        for name, (code, text) in {**standard, **own}.items()
    }
