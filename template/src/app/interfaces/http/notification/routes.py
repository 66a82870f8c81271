"""The notification's routes: decode, ask the bus, encode."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIHeader, OpenAPIType, Schema
from litestar.params import Body, FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from app.application.notification.messages import (
    Counts,
    GetNotification,
    ListNotifications,
    MarkSeen,
    NewNotification,
    Notification,
    Page,
    Register,
    Report,
    Slice,
)
from app.interfaces.http.notification import links
from chassis.application.bus import Bus
from chassis.application.commands.items import check_some, placed
from chassis.domain.errors import Invalid
from chassis.interfaces.http.answer import JSONAnswer
from chassis.interfaces.http.idempotency import KEY_HEADER, idempotency_key
from chassis.interfaces.http.openapi import accepts, finds, problems
from chassis.interfaces.http.operation import describe
from chassis.interfaces.http.request import StrictRequest
from chassis.interfaces.http.until_sent import UntilSent

PATH = "/notifications"
TAGS = ("notifications",)

type Several = Annotated[list[NewNotification], Body(min_items=1)]


class Accepted(Struct, frozen=True):
    """The id of the notification that was accepted."""

    id: UUID


class AllAccepted(Struct, frozen=True):
    """The ids of the notifications that were accepted, in the caller's order."""

    ids: tuple[UUID, ...]


class SeenState(Struct, frozen=True, forbid_unknown_fields=True):
    """The changeable field of a notification."""

    is_seen: bool


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


@get(
    PATH,
    tags=TAGS,
    summary="List notifications",
    operation_id=links.LIST,
    operation_class=describe(query=ListNotifications, links=links.LISTED),
    responses=finds(Page | Slice) | problems(400, 401, 403, 404, 429, 503),
    middleware=[UntilSent],
)
async def list_notifications(request: StrictRequest, bus: NamedDependency[Bus]) -> JSONAnswer:
    """List notifications, newest first: by `page`, or from a `cursor` on (empty: the newest).

    A slice that begins at a cursor may have fewer than `size` items, if they are large: continue
    while there is a `next_cursor`. A page of more than 20 MiB is refused.
    """
    return JSONAnswer(HTTPStatus.OK, await bus.handle(request.query_as(ListNotifications)))


@get(
    PATH + "/{id:uuid}",
    tags=TAGS,
    summary="Get a notification",
    operation_id=links.GET,
    operation_class=describe(links=links.ONE),
    responses=problems(400, 401, 403, 404, 429, 503),
)
async def get_notification(id: FromPath[UUID], bus: NamedDependency[Bus]) -> Notification:
    """Return one notification."""
    return await bus.handle(GetNotification(id))


@patch(
    PATH + "/{id:uuid}",
    tags=TAGS,
    summary="Mark a notification",
    operation_id=links.MARK,
    operation_class=describe(links=links.ONE),
    responses=problems(400, 401, 403, 404, 413, 415, 422, 429, 503),
)
async def mark_seen(
    id: FromPath[UUID], data: JSONBody[SeenState], bus: NamedDependency[Bus]
) -> Notification:
    """Set the seen state and return the notification."""
    return await bus.handle(MarkSeen(id, data.is_seen))


@get(
    "/reports" + PATH,
    tags=TAGS,
    summary="Count notifications",
    operation_id="report_notifications",
    operation_class=describe(query=Report),
    responses=problems(400, 401, 403, 404, 429, 503),
)
async def report(request: StrictRequest, bus: NamedDependency[Bus]) -> Counts:
    """Count notifications by time `bucket` (a number and s, m, h or d) and `by` a label.

    `receiver` and `action_type` filter the counted notifications.
    """
    return await bus.handle(request.query_as(Report))


routes: list[ControllerRouterHandler] = [
    register,
    list_notifications,
    get_notification,
    mark_seen,
    report,
]
