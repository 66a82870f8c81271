"""The message of an error for callers, and the log line in its place."""

import logging

from chassis.application.errors import ApplicationError, Unavailable

log = logging.getLogger(__name__)


def told(error: ApplicationError) -> str:
    """Return the sentence for the caller.

    The log gets the reason of an outage, under the id of the request; callers do not see it.
    """
    if isinstance(error, Unavailable):
        log.warning("a server does not answer", extra={"reason": str(error)})
    return error.told
