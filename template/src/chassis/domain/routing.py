"""Labels: the short texts, such as a receiver, by which events are routed."""

import re
from urllib.parse import quote

from chassis.domain.errors import Invalid
from chassis.domain.text import check_text

MAX_CHARACTERS = 64

# A routing key has 255 bytes (AMQP 0-9-1 short string), shared by the prefix and two labels.
MAX_ENCODED_BYTES = 110

# Most labels have none of these, and are encoded as they are.
_find_special = re.compile("[^A-Za-z0-9_~-]").search


def check_label(field: str, label: str) -> None:
    """Raise `Invalid` for `field` unless `label` can be routed by."""
    if not 1 <= len(label) <= MAX_CHARACTERS:
        raise Invalid(field, f"must have 1 to {MAX_CHARACTERS} characters")
    if not _find_special(label):
        return
    check_text(field, label)
    if len(encode_label(label)) > MAX_ENCODED_BYTES:
        raise Invalid(field, f"must have at most {MAX_ENCODED_BYTES} bytes when percent-encoded")


def encode_label(label: str) -> str:
    """Return `label` with every byte outside `[A-Za-z0-9_~-]` percent-encoded, the dot too."""
    return quote(label, safe="").replace(".", "%2E") if _find_special(label) else label
