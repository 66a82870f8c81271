"""The notification's stream, as the messages of a call."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from app.application.errors import ApplicationError, Unauthorized
from app.application.notification.mapping import decode
from app.application.notification.messages import Stream, StreamItem
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import from_notification
from app.interfaces.grpc.refused import TooSlow

log = logging.getLogger(__name__)

EVENTS = {
    "notification": pb.EVENT_NOTIFICATION,
    "heartbeat": pb.EVENT_HEARTBEAT,
    "reset": pb.EVENT_RESET,
    "closed": pb.EVENT_CLOSED,
}
REASONS = {
    "draining": pb.REASON_DRAINING,
    "too slow": pb.REASON_TOO_SLOW,
    "expired": pb.REASON_EXPIRED,
}


async def follow(
    subscribe: Callable[[], Awaitable[Stream]],
) -> AsyncGenerator[pb.SubscribeResponse]:
    """Yield a message for each item that `subscribe` gives; they are closed whatever happens.

    Raises `Unauthorized` after the message that the token has expired; other ends are good ones.
    """
    items = await subscribe()
    log.info("stream opened", extra={"over": "grpc"})
    end = "failed"
    try:
        async for ready in items:
            for item in ready:
                yield item.once(_to_response)
                if item.reason == "expired":
                    raise Unauthorized("the token has expired: come back with another one")
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


def _to_response(item: StreamItem) -> pb.SubscribeResponse:
    return pb.SubscribeResponse(
        event=EVENTS[item.event],
        cursor=item.cursor,
        notification=None if item.data is None else from_notification(decode(item.data)),
        reason=None if item.reason is None else REASONS[item.reason],
    )
