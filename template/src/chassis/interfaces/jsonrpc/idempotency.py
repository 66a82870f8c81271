"""The idempotency key of a request, which is the parameter `idempotency_key`."""

from chassis.application.commands.idempotency_key import FIELD, IdempotencyKey, check_key

# The type of the parameter.
type Key = IdempotencyKey


def checked_key(key: Key | None) -> str | None:
    """Return the key, if there is one; raises `Invalid` if it is malformed."""
    if key is not None:
        check_key(FIELD, key)
    return key
