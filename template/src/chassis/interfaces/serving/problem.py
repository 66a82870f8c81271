"""Problem documents: the errors of every HTTP-shaped transport (RFC 9457)."""

from collections.abc import Iterable
from http import HTTPStatus

import msgspec
from msgspec import Struct

from chassis.application.context import current_context
from chassis.interfaces.serving.asgi import Message, Scope, Send

MEDIA_TYPE = "application/problem+json"
_DENIAL = "websocket.http.response"

_encoder = msgspec.json.Encoder()


class FieldError(Struct, frozen=True):
    """The error of one field, by the name that the caller used."""

    field: str
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document; `about:blank` says that the status says it all."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []
    request_id: str | None = None


def problem(
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    errors: Iterable[FieldError] = (),
) -> Problem:
    """Return a problem of the current request; `kind` names it if the status does not."""
    status = HTTPStatus(status)
    context = current_context()
    return Problem(
        type=f"urn:problem:{kind}" if kind else "about:blank",
        title=kind.replace("-", " ").capitalize() if kind else status.phrase,
        status=status.value,
        detail=detail,
        errors=list(errors),
        request_id=context.request_id if context else None,
    )


def encode(document: Problem) -> bytes:
    """Return the document as JSON."""
    return _encoder.encode(document)


async def answer(
    send: Send, document: Problem, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send the document as the response."""
    body = encode(document)
    head = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": document.status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def refuse(
    scope: Scope, send: Send, document: Problem, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send the document as the response to a request or, in place of a handshake, to a WebSocket.

    A server that cannot send the latter (ASGI: `websocket.http.response`) closes it with the
    reason.
    """
    if scope["type"] != "websocket":
        await answer(send, document, headers)
    elif _DENIAL in (scope.get("extensions") or {}):

        async def deny(message: Message) -> None:
            await send({**message, "type": f"websocket.{message['type']}"})

        await answer(deny, document, headers)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": document.detail})
