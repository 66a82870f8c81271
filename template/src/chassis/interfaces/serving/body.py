"""The body of a request: bounded, JSON and nothing else, decoded strictly."""

from functools import cache, lru_cache
from http import HTTPStatus
from typing import Any

import msgspec

from chassis.interfaces.serving.asgi import Receive, Scope
from chassis.interfaces.serving.error_messages import describe_error, describe_syntax_error
from chassis.interfaces.serving.refused import ClientLeft, HttpRefused

BODY = "body"
# No size has more digits, and Python refuses to parse very many.
DIGITS = 20


async def read_body(
    scope: Scope, receive: Receive, limit: int, media_type: str = "application/json"
) -> bytes:
    """Return the body of a request, of at most `limit` bytes; the type may be one with `+json`.

    Raises `HttpRefused` if it is empty, too large or of another type, `ClientLeft` if it ends
    early.
    """
    headers = dict(scope["headers"])
    if not _is_a(media_type, headers.get(b"content-type", b"")):
        raise HttpRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", f"must be {media_type}"
        )
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced[:DIGITS]) > limit:
        raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise _too_large(limit)
        body = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise ClientLeft
    if len(body) > limit:
        raise _too_large(limit)
    if not body:
        raise HttpRefused(HTTPStatus.BAD_REQUEST, BODY, f"is empty; it must be {media_type}")
    return body


def decode_body(body: bytes, into: Any) -> Any:
    """Return the body as `into`, a type that msgspec knows; raises `HttpRefused`."""
    try:
        if not body.isascii():
            # The decoder only searches for the end of a raw JSON value.
            body.decode()
        return _decoder(into).decode(body)
    except msgspec.ValidationError as error:
        field, reason = describe_error(error)
        raise HttpRefused(HTTPStatus.UNPROCESSABLE_ENTITY, field or BODY, reason) from None
    except msgspec.DecodeError as error:
        raise _malformed(describe_syntax_error(error)) from None
    except UnicodeDecodeError:
        raise _malformed("is not UTF-8") from None
    except RecursionError:
        raise _malformed("is nested too deep") from None


@cache
def _decoder(into: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(into)


@lru_cache(maxsize=64)
def _is_a(wanted: str, content_type: bytes) -> bool:
    media_type = content_type.partition(b";")[0].strip().lower().decode("latin-1")
    if media_type == wanted:
        return True
    if wanted != "application/json":
        return False
    return media_type.startswith("application/") and media_type.endswith("+json")


def _malformed(reason: str) -> HttpRefused:
    return HttpRefused(HTTPStatus.BAD_REQUEST, BODY, reason)


def _too_large(limit: int) -> HttpRefused:
    return HttpRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, BODY, f"must have at most {limit} bytes"
    )
