"""The idempotency key of a request, which is the parameter `idempotency_key`."""

from typing import Annotated

from msgspec import Meta

from chassis.application.commands.idempotency_key import PATTERN, check_key

# The type shows the format and does not check it, so that the error is one of our own.
type Key = Annotated[str, Meta(extra_json_schema={"pattern": f"^{PATTERN}$"})]


def checked_key(key: Key | None) -> str | None:
    """Return the key, if there is one; raises `Invalid` if it is malformed."""
    if key is not None:
        check_key("idempotency_key", key)
    return key
