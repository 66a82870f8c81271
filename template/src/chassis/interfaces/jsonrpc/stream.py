"""Streams of events, as requests without an id that the server sends."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from chassis.application.streaming.messages import (
    CLOSED,
    RESERVED,
    ItemStream,
    StreamItem,
    Subscribe,
)
from chassis.application.streaming.streamed import StreamTable
from chassis.application.streaming.words import filters_of, subscribe_by_words
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import Params
from chassis.interfaces.jsonrpc.session_context import Events, SessionContext

type _End = Literal["draining", "too slow", "expired", "failed"]
type _Fields = Sequence[tuple[str, Any, Any]]

_NAME = (str | None, None)


class Subscribed(Struct, frozen=True):
    """The id of a subscription, which its events carry."""

    subscription: str


class _Rest(Struct, frozen=True):
    """The members after the subscription's id, which all subscribers of the event share."""

    event: str
    cursor: str
    data: Raw | UnsetType = UNSET
    reason: str | UnsetType = UNSET


_encoder = msgspec.json.Encoder()


def stream_methods(
    prefix: str, table: StreamTable, data: Any = dict[str, Any]
) -> list[Method[Any]]:
    """Return the methods that follow an aggregate's events, by filters in its own words.

    `data` is the type that describes the data of the events.
    """
    words = filters_of(table)

    def message(params: Any) -> Subscribe:
        given = {word: getattr(params, word) for word in words}
        return subscribe_by_words(table, table, given, params.cursor)

    names = [each.event for each in table.values()]
    return _methods(prefix, [(word, *_NAME) for word in words], message, names, data)


def event_methods(table: StreamTable) -> list[Method[Any]]:
    """Return the methods that follow events of any types, by `type` and `subject`."""

    def message(params: Any) -> Subscribe:
        return Subscribe(
            types=tuple(params.type), subject=params.subject, cursor=params.cursor or None
        )

    fields = [("type", tuple[str, ...], ()), ("subject", *_NAME)]
    names = [each.event for each in table.values()]
    return _methods("events", fields, message, names, dict[str, Any])


def _methods(
    prefix: str,
    fields: _Fields,
    message: Callable[[Any], Subscribe],
    names: Sequence[str],
    data: Any,
) -> list[Method[Any]]:
    event = f"{prefix}.event"
    events = Events(
        event,
        _event_params(prefix, names, data),
        "An event of a subscription",
        _encode_once,
        _closed,
    )

    async def subscribe(session: SessionContext, params: Any) -> Subscribed:
        async def opening() -> ItemStream:
            return await session.bus.handle(message(params))

        return Subscribed(await session.subscribe(opening, events))

    async def unsubscribe(session: SessionContext, params: Any) -> Subscribed:
        session.unsubscribe(params.subscription)
        return Subscribed(params.subscription)

    return [
        Method(
            f"{prefix}.subscribe",
            _params(f"{prefix}.SubscribeParams", [*fields, ("cursor", *_NAME)]),
            subscribe,
            Subscribed,
            f"Follow {prefix} as they arrive: each comes as a {event}",
            events=events,
        ),
        Method(
            f"{prefix}.unsubscribe",
            _params(f"{prefix}.UnsubscribeParams", [("subscription", str)]),
            unsubscribe,
            Subscribed,
            "End a subscription",
        ),
    ]


def _params(name: str, fields: Sequence[Any]) -> Any:
    return msgspec.defstruct(
        name, fields, bases=(Params,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def _event_params(prefix: str, names: Sequence[str], data: Any) -> type[Struct]:
    """Return the schema of an event: a `reset` says that the cursor cannot be resumed."""
    return msgspec.defstruct(
        f"{prefix}.EventParams",
        [
            ("subscription", str),
            ("event", Literal[tuple(dict.fromkeys([*names, *RESERVED]))]),
            ("cursor", str),
            ("data", data | UnsetType, UNSET),
            ("reason", _End.__value__ | UnsetType, UNSET),
        ],
        frozen=True,
        kw_only=True,
    )


def _encode_once(item: StreamItem) -> bytes:
    return item.once(_encode)


def _encode(item: StreamItem) -> bytes:
    data = UNSET if item.data is None else item.data
    return _finish(_Rest(item.event, item.cursor, data, item.reason or UNSET))


def _closed(last: StreamItem | None, reason: str) -> bytes:
    return _finish(_Rest(CLOSED, last.cursor if last else "", UNSET, reason))


def _finish(rest: _Rest) -> bytes:
    # The brace that it begins with comes before the subscription's id; another one closes the
    # message around it.
    return _encoder.encode(rest)[1:] + b"}"
