"""Calls that are frequent and say little: no token, no log line, no metric and no trace of them."""

import logging
from functools import partial

from grpc import StatusCode
from grpc.aio import AbortError

from chassis.interfaces.grpc.errors import code_of
from chassis.interfaces.grpc.failing import fail
from chassis.interfaces.grpc.observe import Context, Work

log = logging.getLogger(__name__)


async def unobserved[Answer](_: str, work: Work[Answer], call: Context, *, domain: str) -> Answer:
    """Return the result of `work`, or end the call with the status for its error."""
    try:
        return await work(call, partial(call.send_initial_metadata, ()))
    except AbortError:
        raise
    except Exception as error:
        failure = error
        if code_of(error) is StatusCode.INTERNAL:
            log.error("unforeseen error", exc_info=error)
    return await fail(call, failure, domain)
