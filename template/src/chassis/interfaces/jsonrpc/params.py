"""The parameters of a method, which are given by name, decoded strictly."""

from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from chassis.application.message import Message
from chassis.application.message_schema import fields_of
from chassis.interfaces.jsonrpc.refused import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    JsonRpcRefused,
    malformed,
)
from chassis.interfaces.serving.error_messages import describe_error, describe_syntax_error
from chassis.interfaces.serving.texts import check_texts

META = "_meta"


class Meta(Struct, frozen=True, kw_only=True):
    """The caller's request id and trace; new ones if they are malformed."""

    traceparent: str | None = None
    request_id: str | None = None


class Params(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all parameters; unknown ones are refused."""

    meta: Meta | None = field(default=None, name=META)


def params_of(message: type[Message[Any]]) -> Any:
    """Return the parameters that are the fields of a message."""
    return msgspec.defstruct(
        f"{message.__name__}Params",
        fields_of(message),
        bases=(Params,),
        module=message.__module__,
        namespace={"__doc__": message.__doc__},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def decode_params[P: Params](decoder: msgspec.json.Decoder[P], raw: Raw) -> P:
    """Return the parameters; raises `JsonRpcRefused` or `Invalid`."""
    text = bytes(raw)
    try:
        params = decoder.decode(text)
        if b"\\u0000" in text:
            # The whole message: a part that was skipped before may be wrong as well.
            msgspec.json.decode(text)
            check_texts(params, without=(META,))
    except msgspec.ValidationError as error:
        raise (_refused(text, error) if _is_text(text) else malformed("is not UTF-8")) from None
    except msgspec.DecodeError as error:
        raise malformed(describe_syntax_error(error)) from None
    except UnicodeDecodeError:
        raise malformed("is not UTF-8") from None
    except RecursionError:
        raise malformed("is nested too deep") from None
    return params


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refused(text: bytes, error: msgspec.ValidationError) -> JsonRpcRefused:
    if text.startswith(b"["):
        reason = "must be an object: parameters are given by name, not by position"
        return JsonRpcRefused(INVALID_PARAMS, "invalid", "params", reason)
    if not text.startswith(b"{"):
        return JsonRpcRefused(INVALID_REQUEST, "malformed", "params", "must be an object")
    path, reason = describe_error(error)
    return JsonRpcRefused(INVALID_PARAMS, "invalid", path or "params", reason)
