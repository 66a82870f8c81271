"""What of a setting may be shown."""

HIDDEN = "***"


def shown(name: str, value: object) -> object:
    """Return `value` as it may be printed: no secret, and of a URL no user, password or query."""
    if name.endswith(("_KEY", "_PASSWORD", "_SECRET", "_TOKEN")):
        return HIDDEN if value else value
    if isinstance(value, str) and "://" in value:
        scheme, _, rest = value.partition("://")
        authority, slash, path = rest.partition("/")
        _, at, host = authority.rpartition("@")
        return f"{scheme}://{HIDDEN if at else ''}{at}{host}{slash}{path.partition('?')[0]}"
    return value
