"""From bytes to requests: one pass over a message, and a second one to describe its error."""

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from chassis.interfaces.jsonrpc.refused import INVALID_REQUEST, Identity, JsonRpcRefused, malformed
from chassis.interfaces.serving.error_messages import describe_error, describe_syntax_error

# Requests in one message. To send many items, call a method that takes an array.
MAX_BATCH = 100

NO_PARAMS = Raw(b"{}")


class Request(Struct, frozen=True, gc=False):
    """One call; without an `id` it is not answered."""

    jsonrpc: Literal["2.0"]
    method: str
    id: Identity | UnsetType = UNSET
    params: Raw = NO_PARAMS


class _Named(Struct):
    id: Identity = None


_message = msgspec.json.Decoder(Request | list[Raw])
_request = msgspec.json.Decoder(Request)
_named = msgspec.json.Decoder(_Named)
_any = msgspec.json.Decoder(Raw)


def read(message: bytes) -> Request | list[Raw]:
    """Return the request, or the items of a batch; raises `JsonRpcRefused`."""
    found: Request | list[Raw]
    try:
        found = _message.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(message, error) from None
    if isinstance(found, list) and not 1 <= len(found) <= MAX_BATCH:
        raise JsonRpcRefused(
            INVALID_REQUEST, "malformed", "message", f"a batch has 1 to {MAX_BATCH} requests"
        )
    return found


def read_item(item: Raw) -> Request:
    """Return the request that an item of a batch is; raises `JsonRpcRefused`."""
    try:
        return _request.decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(bytes(item), error) from None


def _refused(message: bytes, error: Exception) -> JsonRpcRefused:
    if isinstance(error, msgspec.ValidationError):
        try:
            # It may end only further on, and then it is no JSON at all.
            _any.decode(message)
        except (msgspec.DecodeError, RecursionError) as deeper:
            return _refused(message, deeper)
        field, reason = describe_error(error)
        if field == "jsonrpc":
            reason = 'must be "2.0"'
        return JsonRpcRefused(INVALID_REQUEST, "malformed", field, reason, _identity(message))
    if isinstance(error, msgspec.DecodeError):
        return malformed(describe_syntax_error(error))
    if isinstance(error, RecursionError):
        return malformed("is nested too deep")
    return malformed("is not UTF-8")


def _identity(message: bytes) -> Identity:
    try:
        return _named.decode(message).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
