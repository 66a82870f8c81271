"""The message of a failed decoding, in the caller's words."""

import re

import msgspec

# msgspec ends a message with ` - at `$[1].receiver``; below a free-form field it says `[...]`.
_PATH = re.compile(r" - at `\$([^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)

_REASONS = {
    "Invalid RFC3339 encoded datetime": "must be a time such as 2030-01-31T12:00:00Z",
    "Expected `datetime` with a timezone component": "must have an offset, such as Z or +02:00",
}


def describe_error(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return the path of the invalid field (empty: the whole) and the reason."""
    message = str(error)
    path = ""
    if (found := _PATH.search(message)) is not None:
        message, path = message[: found.start()], _trim(found[1])
    if (missing := _MISSING.fullmatch(message)) is not None:
        return _join(path, missing[1]), "is missing"
    if (unknown := _UNKNOWN.fullmatch(message)) is not None:
        return _join(path, unknown[1]), "is not a field of this"
    return path, _REASONS.get(message, message[:1].lower() + message[1:])


def describe_syntax_error(error: msgspec.DecodeError) -> str:
    """Return what is wrong with a text that is not JSON."""
    message = str(error)
    if message == "Input data was truncated":
        # msgspec reports half a surrogate pair in this way, too.
        return "is not JSON: it ends too early, or has a lone surrogate in a string"
    return f"is not JSON: {message.removeprefix('JSON is malformed: ')}"


def _trim(path: str) -> str:
    return path.partition("[...]")[0].removeprefix(".")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
