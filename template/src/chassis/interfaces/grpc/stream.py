"""A stream of events, as the messages of a call."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from chassis.application.errors import ApplicationError, Unauthorized
from chassis.application.streaming.messages import ItemStream, StreamItem
from chassis.interfaces.grpc.refused import TooSlow

log = logging.getLogger(__name__)


async def follow[Response](
    subscribe: Callable[[], Awaitable[ItemStream]], to_response: Callable[[StreamItem], Response]
) -> AsyncGenerator[Response]:
    """Yield a message for each item that `subscribe` gives; they are closed in every case.

    `to_response` is a function of the module's, which builds each message once for all its
    subscribers.

    Raises `Unauthorized` after the message that the token has expired; other ends are regular.
    """
    items = await subscribe()
    log.info("stream opened", extra={"over": "grpc"})
    end = "failed"
    try:
        async for ready in items:
            for item in ready:
                yield item.once(to_response)
                if item.reason == "expired":
                    raise Unauthorized("the token has expired: reconnect with another one")
        end = "ended"
    except Unauthorized:
        end = "ended"
        raise
    except TooSlow:
        end = "stuck"
        raise
    except (GeneratorExit, asyncio.CancelledError):
        end = "left"
        raise
    except ApplicationError as error:
        log.warning("stream failed", extra={"error": str(error)})
        raise
    finally:
        items.close(end)
        log.info("stream closed", extra={"over": "grpc", "end": end})
