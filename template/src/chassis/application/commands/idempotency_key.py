"""The format of an idempotency key."""

import re
from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from chassis.domain.errors import Invalid

# The field of a message that takes the key. A transport fills it from a place of its own.
FIELD = "idempotency_key"
PATTERN = r"[\x21-\x7e]{1,255}"

# The type shows the format and does not check it, so that the error is one of our own.
type IdempotencyKey = Annotated[str, Meta(extra_json_schema={"pattern": f"^{PATTERN}$"})]

_fits = re.compile(PATTERN).fullmatch


def check_key(field: str, key: str, refuse: Callable[[str, str], Exception] = Invalid) -> None:
    """Raise what `refuse` returns for `field` and a reason, unless the key has the right format.

    `field` is the caller's name for the place of the key.
    """
    if not _fits(key):
        raise refuse(field, "must have 1 to 255 visible ASCII characters")
