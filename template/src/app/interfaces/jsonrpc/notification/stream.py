"""The notification's stream, as notifications of the server's."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from app.application.notification.messages import Notification, Stream, StreamItem, Subscribe
from app.interfaces.jsonrpc.method import Method
from app.interfaces.jsonrpc.params import Params
from app.interfaces.jsonrpc.peer import Events, Peer

EVENT = "notifications.event"


class SubscribeParams(Params, frozen=True, kw_only=True):
    """What a subscriber may ask for; `cursor` is where to resume."""

    receiver: str | None = None
    action_type: str | None = None
    cursor: str | None = None


class UnsubscribeParams(Params, frozen=True, kw_only=True):
    """Which one to end."""

    subscription: str


class Subscribed(Struct, frozen=True):
    """The id of a subscription, which its events carry."""

    subscription: str


class EventParams(Struct, frozen=True, kw_only=True):
    """One event of a subscription; `cursor` is where to resume after it.

    A `reset` says that the cursor asked for cannot be resumed; `closed` is the last one.
    """

    subscription: str
    event: Literal["notification", "heartbeat", "reset", "closed"]
    cursor: str
    data: Notification | UnsetType = UNSET
    reason: Literal["draining", "too slow", "expired", "failed"] | UnsetType = UNSET


class _Rest(Struct, frozen=True):
    """What follows the id of the subscription, and is the same for all who get the event."""

    event: str
    cursor: str
    data: Raw | UnsetType = UNSET
    reason: str | UnsetType = UNSET


_encoder = msgspec.json.Encoder()


async def subscribe(peer: Peer, params: SubscribeParams) -> Subscribed:
    """Open a stream, whose events follow."""
    message = Subscribe(
        receiver=params.receiver, action_type=params.action_type, cursor=params.cursor or None
    )

    async def opening() -> Stream:
        return await peer.bus.handle(message)

    return Subscribed(await peer.subscribe(opening, _events))


async def unsubscribe(peer: Peer, params: UnsubscribeParams) -> Subscribed:
    """End a stream."""
    peer.unsubscribe(params.subscription)
    return Subscribed(params.subscription)


def _encode_once(item: StreamItem) -> bytes:
    return item.once(_encode)


def _encode(item: StreamItem) -> bytes:
    data = UNSET if item.data is None else item.data
    return _finish(_Rest(item.event, item.cursor, data, item.reason or UNSET))


def _closed(last: StreamItem | None, reason: str) -> bytes:
    return _finish(_Rest("closed", last.cursor if last else "", UNSET, reason))


def _finish(rest: _Rest) -> bytes:
    # The brace that it begins with stands before the subscription's id; another one closes the
    # message around it.
    return _encoder.encode(rest)[1:] + b"}"


_events = Events(EVENT, EventParams, "Something happened to a subscription", _encode_once, _closed)

stream_methods: list[Method[Any]] = [
    Method(
        "notifications.subscribe",
        SubscribeParams,
        subscribe,
        Subscribed,
        f"Follow notifications as they arrive: each comes as a {EVENT}",
        events=_events,
    ),
    Method(
        "notifications.unsubscribe", UnsubscribeParams, unsubscribe, Subscribed, "Follow no more"
    ),
]
