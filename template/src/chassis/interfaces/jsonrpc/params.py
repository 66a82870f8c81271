"""The parameters of a method, which are given by name, decoded strictly."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import NODEFAULT, Raw, Struct, field

from chassis.application.message import Message
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.refused import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    JsonRpcRefused,
    malformed,
)
from chassis.interfaces.serving.error_messages import describe_error, describe_syntax_error

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
    fields = []
    for each in msgspec.structs.fields(message):
        default = each.default
        if default is NODEFAULT and not each.required:
            default = field(default_factory=each.default_factory)
        fields.append((each.name, each.type, default))
    return msgspec.defstruct(
        f"{message.__name__}Params",
        fields,
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
            _check(params)
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


def _check(params: Params) -> None:
    """Raise `Invalid` if a text has a NUL, which a database does not accept."""
    within = [each for each in _parts("", params) if each[0] != META]
    while within:
        path, value = within.pop()
        if "\0" in path:
            raise Invalid(path.replace("\0", "\\u0000"), "must not have a NUL in its name")
        if isinstance(value, str) and "\0" in value:
            raise Invalid(path, "must not contain NUL characters")
        within += _parts(path, value)


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the texts in a value; the use case itself checks raw, free-form data."""
    if isinstance(value, dict):
        yield from ((_join(path, name), each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{index}]", each) for index, each in enumerate(value))
    elif isinstance(value, Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        yield from ((_join(path, told), getattr(value, name)) for told, name in names)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
