"""The notification's routes: decode, ask the bus, encode."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.openapi.spec import OpenAPIHeader, OpenAPIType, Schema
from litestar.params import Body, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    NewNotification,
    Register,
    Report,
)
from app.interfaces.http.notification import links
from chassis.application.commands.items import check_some, placed
from chassis.application.message import Accepted
from chassis.domain.errors import Invalid
from chassis.interfaces.http.answer import JSONAnswer
from chassis.interfaces.http.idempotency import KEY_HEADER, idempotency_key
from chassis.interfaces.http.openapi import accepts, problems
from chassis.interfaces.http.operation import describe
from chassis.interfaces.http.request import StrictRequest
from chassis.interfaces.http.route import asks

PATH = "/notifications"
TAGS = ("notifications",)

type Several = Annotated[list[NewNotification], Body(min_items=1)]


class AllAccepted(Struct, frozen=True):
    """The ids of the notifications that were accepted, in the caller's order."""

    ids: tuple[UUID, ...]


@post(
    PATH,
    status_code=202,
    tags=TAGS,
    summary="Register notifications",
    operation_id="register_notifications",
    operation_class=describe(
        headers=KEY_HEADER,
        answers={"Location": OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING))},
        links=links.REGISTERED,
    ),
    responses=accepts(Accepted | AllAccepted)
    | problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
)
async def register(request: StrictRequest, data: JSONBody[NewNotification | Several]) -> JSONAnswer:
    """Accept one notification, or an array of them, all or nothing.

    The same `Idempotency-Key` and body give the same ids again; another body is refused.
    """
    key = idempotency_key(request)
    if isinstance(data, NewNotification):
        registered = await request.bus.handle(Register((data,), key))
        identity = registered.ids[0]
        location = f"{PATH}/{identity}".encode()
        return JSONAnswer(HTTPStatus.ACCEPTED, Accepted(identity), [(b"location", location)])
    check_some("body", data, "notification")
    try:
        registered = await request.bus.handle(Register(tuple(data), key))
    except Invalid as error:
        raise placed(error) from None
    return JSONAnswer(HTTPStatus.ACCEPTED, AllAccepted(registered.ids))


routes: list[ControllerRouterHandler] = [
    register,
    asks(
        "GET",
        PATH,
        ListNotifications,
        operation_id=links.LIST,
        links=links.LISTED,
        is_large=True,
    ),
    asks("GET", PATH + "/{id:uuid}", GetNotification, operation_id=links.GET, links=links.ONE),
    asks("PATCH", PATH + "/{id:uuid}", MarkSeen, operation_id=links.MARK, links=links.ONE),
    asks("GET", "/reports" + PATH, Report, tags=TAGS, operation_id="report_notifications"),
]
