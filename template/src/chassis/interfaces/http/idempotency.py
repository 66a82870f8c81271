"""The idempotency key of a request, which comes in a header."""

from functools import partial
from http import HTTPStatus

from litestar.openapi.spec import OpenAPIType, Schema

from chassis.application.commands.idempotency_key import PATTERN, check_key
from chassis.interfaces.http.request import StrictRequest
from chassis.interfaces.serving.refused import HttpRefused

KEY = "Idempotency-Key"
KEY_HEADER = {KEY: Schema(type=OpenAPIType.STRING, pattern=f"^{PATTERN}$")}

_NAME = KEY.lower().encode()
_refuse = partial(HttpRefused, HTTPStatus.BAD_REQUEST)


def idempotency_key(request: StrictRequest) -> str | None:
    """Return the key, if the request has one; raises `HttpRefused` if it is malformed."""
    key = request.header(_NAME)
    if key is not None:
        check_key(KEY, key, _refuse)
    return key
