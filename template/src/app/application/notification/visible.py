"""The access check of a notification that was looked up."""

from uuid import UUID

from app.application.notification.ports import Stored
from chassis.application.context import current_caller
from chassis.application.errors import Forbidden, NotFound


def visible(found: Stored | None, identity: UUID) -> Stored:
    """Return the notification with an id; raises `NotFound` if none is visible to the caller.

    The caller must not learn that it exists: only the cause of `NotFound` tells the operator.
    """
    if found is None:
        raise _not_found(identity)
    if not current_caller().may_read(found.notification.receiver):
        raise _not_found(identity) from Forbidden("it is for another receiver")
    return found


def _not_found(identity: UUID) -> NotFound:
    return NotFound(f"there is no notification {identity}")
