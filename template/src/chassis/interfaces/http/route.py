"""A route that hands a message to its use case; the message's fields are its parameters."""

import re
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import route
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Link
from litestar.params import JSONBody
from msgspec import Struct

from chassis.application.commands.idempotency_key import FIELD
from chassis.application.message import Message
from chassis.application.message_schema import description_of, fields_of, result_of, summary_of
from chassis.interfaces.http.answer import JSONAnswer
from chassis.interfaces.http.idempotency import KEY_HEADER, idempotency_key
from chassis.interfaces.http.openapi import accepts, finds, problems
from chassis.interfaces.http.operation import describe
from chassis.interfaces.http.request import StrictRequest
from chassis.interfaces.http.until_sent import UntilSent
from chassis.interfaces.serving.error_messages import describe_error
from chassis.interfaces.serving.refused import HttpRefused
from chassis.interfaces.serving.texts import check_texts

_BODY_PROBLEMS = (413, 415, 422)

_path_parameters = re.compile(r"\{(\w+):").findall
_word = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def asks(
    method: str,
    path: str,
    message: type[Message[Any]],
    *,
    tags: Sequence[str] = (),
    operation_id: str | None = None,
    links: Mapping[str, Link] | None = None,
    is_large: bool = False,
) -> HTTPRouteHandler:
    """Return the route of `method` and `path` for a message.

    Parameters of the path are fields of the message. The other fields are those of the JSON body,
    or of the query string for GET. An idempotency key comes in its header. A command that publishes
    events is answered with 202. The summary and the description are the message's docstring. By
    default the tag is the path's first word, and the operation id is the message's name. An answer
    that `is_large` holds its share of memory until it is sent.

    Raises `TypeError` if the path has a parameter that is no field.
    """
    in_path = tuple(_path_parameters(path))
    path_fields = _struct(message, "Path", without=_other_fields(message, in_path, path))
    takes_key = FIELD in message.__struct_fields__
    given = _struct(message, "", without=(*in_path, FIELD))
    has_given = bool(given.__struct_fields__)
    is_query = method == "GET"
    status = HTTPStatus.ACCEPTED if message.publishes_events else HTTPStatus.OK
    answers = accepts if message.publishes_events else finds

    async def ask(request: StrictRequest, told: Struct | None) -> JSONAnswer:
        values = {} if told is None else msgspec.structs.asdict(told)
        if in_path:
            values |= _read_path(request.path_params, path_fields)
        if takes_key:
            values[FIELD] = idempotency_key(request)
        return JSONAnswer(status, await request.bus.handle(message(**values)))

    async def with_body(
        request: StrictRequest,
        data: JSONBody[given],  # type: ignore[valid-type]  # made from the message's fields
    ) -> JSONAnswer:
        check_texts(data)
        return await ask(request, data)

    async def without_body(request: StrictRequest) -> JSONAnswer:
        return await ask(request, request.query_as(given) if has_given else None)

    return route(
        path,
        http_method=method,  # type: ignore[arg-type]  # Litestar takes the name as well
        status_code=status,
        tags=tags or (path.split("/")[1],),
        summary=summary_of(message),
        description=description_of(message),
        operation_id=operation_id or _word.sub("_", message.__name__).lower(),
        operation_class=describe(
            query=given if is_query and has_given else None,
            headers=KEY_HEADER if takes_key else None,
            links=links,
        ),
        responses=answers(result_of(message))
        | problems(400, 401, 403, 404, *(() if is_query else _BODY_PROBLEMS), 429, 503),
        middleware=[UntilSent] if is_large else [],
    )(with_body if has_given and not is_query else without_body)


def _struct(message: type[Message[Any]], suffix: str, *, without: Collection[str]) -> type[Struct]:
    return msgspec.defstruct(
        f"{message.__name__}{suffix}",
        fields_of(message, without=without),
        module=message.__module__,
        namespace={"__doc__": message.__doc__},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _other_fields(message: type[Message[Any]], in_path: Collection[str], path: str) -> set[str]:
    fields = set(message.__struct_fields__)
    if unknown := set(in_path) - fields:
        raise TypeError(f"{path}: {message.__name__} has no field {', '.join(sorted(unknown))}")
    return fields - set(in_path)


def _read_path(values: Mapping[str, Any], into: type[Struct]) -> dict[str, Any]:
    try:
        told = msgspec.convert(values, into)
    except msgspec.ValidationError as error:
        raise HttpRefused(HTTPStatus.BAD_REQUEST, *describe_error(error)) from None
    check_texts(told)
    return msgspec.structs.asdict(told)
