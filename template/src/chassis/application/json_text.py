"""JSON texts for msgspec, which encodes them as they are."""

from msgspec import Raw

from chassis.domain.json_text import JsonText


def raw(value: object) -> Raw:
    """Return the text itself: a hook for encoders. Raises `TypeError` for other types."""
    if isinstance(value, JsonText):
        return Raw(value.text)
    raise TypeError(f"{type(value).__name__} cannot be encoded")
