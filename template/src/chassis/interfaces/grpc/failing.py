"""The end of a failed call."""

import asyncio
from typing import Never

from grpc.aio import InternalError, ServicerContext

from chassis.interfaces.grpc.errors import code_of, metadata_of, to_status


async def fail(
    call: ServicerContext[object, object],
    error: Exception,
    domain: str,
    *metadata: tuple[str, str],
) -> Never:
    """End the call with the status for `error`, its details and this trailing metadata.

    `domain` names the service that made the error.

    Raises `CancelledError` if the connection has gone meanwhile, as for any client that leaves:
    gRPC would log a fault of ours.
    """
    status = to_status(error, domain)
    try:
        await call.abort(code_of(error), status.message, (metadata_of(status), *metadata))
    except InternalError:
        raise asyncio.CancelledError from None
