"""The part of a setting's value that may be printed."""

HIDDEN = "***"


def shown(name: str, value: object) -> object:
    """Return `value` as it may be printed: no secret, and no user, password or query of a URL."""
    if name.endswith(("_HEADERS", "_KEY", "_PASSWORD", "_SECRET", "_TOKEN")):
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
