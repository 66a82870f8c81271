"""From a notification's JSON to the text that is stored and published."""

from typing import Any

import msgspec
from msgspec import UNSET, MsgspecError, Raw, UnsetType

from app.domain.notification.action_data import FIELD, check_action_data, check_count
from chassis.domain.errors import Invalid
from chassis.domain.json_text import EMPTY_OBJECT, JsonText

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


def read_action_data(given: Raw) -> JsonText:
    """Return the text, compact, of an object within the bounds; it is decoded only here.

    Raises `Invalid`, `MsgspecError`, `UnicodeDecodeError` or `RecursionError`.
    """
    text = bytes(given)
    if text == EMPTY_OBJECT.text:
        return EMPTY_OBJECT
    check_count(text)
    return _text_of(_decode(text))


def from_decoded(_: type, data: object) -> JsonText:
    """Return the same for a value that was decoded with its surroundings, and is counted: a hook.

    Raises `Invalid`, or `TypeError` if it is no object.
    """
    if not isinstance(data, dict):
        raise TypeError(f"{FIELD} must be an object")
    return _text_of(data)


def _text_of(data: dict[str, Any]) -> JsonText:
    if not data:
        return EMPTY_OBJECT
    check_action_data(data)
    # Encoded again: without line breaks, which would end a line or an event, and with one member
    # for each key.
    return JsonText(_encode(data))


def take_action_data(given: Raw) -> JsonText:
    """Do the same for a caller's text: every error is an `Invalid`, in plain words."""
    try:
        return read_action_data(given)
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0]
        raise Invalid(FIELD, message[:1].lower() + message[1:]) from None
    except MsgspecError as error:
        raise Invalid(FIELD, f"is not JSON: {error}") from None
    except UnicodeDecodeError:
        raise Invalid(FIELD, "is not UTF-8") from None
    except RecursionError:
        raise Invalid(FIELD, "is nested too deep") from None


def in_order(text: JsonText) -> Raw | UnsetType:
    """Return the data with the keys of each object in order; None if it is empty."""
    if text == EMPTY_OBJECT:
        return UNSET
    return Raw(msgspec.json.encode(_decode(text.text), order="deterministic"))
