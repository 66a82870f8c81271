"""The settings that are secrets, and the part of a setting's value that may be printed."""

HIDDEN = "***"

_ENDINGS = ("_HEADERS", "_KEY", "_PASSWORD", "_SECRET", "_TOKEN")
# A URL may have a password in it.
_URLS = ("_DSN", "_URL")


def is_secret(name: str) -> bool:
    """Return whether the setting of that name is a secret, or a URL that may have one in it."""
    return name.endswith((*_ENDINGS, *_URLS))


def shown(name: str, value: object) -> object:
    """Return `value` as it may be printed: no secret, and no user, password or query of a URL."""
    if name.endswith((*_ENDINGS, "_DSN")):
        return HIDDEN if value else value
    if isinstance(value, str) and "://" in value:
        scheme, _, rest = value.partition("://")
        place = rest.partition("?")[0]
        if "@" not in rest:
            return f"{scheme}://{place}"
        # A password that is not encoded may hold any of /, ? and @.
        _, at, host = place.rpartition("@")
        return f"{scheme}://{HIDDEN}{at}{host if at else ''}"
    return value
