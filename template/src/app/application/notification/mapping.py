"""Maps the notification's messages and its entity by name, so a new field needs no line."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, Struct

from app.application.notification import messages
from app.application.notification.action_data import from_decoded, take_action_data
from app.domain.notification.action_data import SHORT, check_count
from app.domain.notification.notification import Notification
from chassis.application.event import Event, new_event
from chassis.application.json_text import raw
from chassis.domain.errors import Invalid

REGISTERED = "notification.registered.v1"


class _Data(Struct):
    """The data is counted before it is decoded."""

    action_data: Raw = messages.NO_DATA


_encoder = msgspec.json.Encoder(enc_hook=raw)
_decoder = msgspec.json.Decoder(messages.Notification)
# Directly to the entity: its rules are as strict as the message's, and events come by the thousand.
_entity_decoder = msgspec.json.Decoder(Notification, dec_hook=from_decoded)
_data_decoder = msgspec.json.Decoder(_Data)
_names = messages.Notification.__struct_fields__
_values = attrgetter(*_names)


def to_entity(
    new: messages.NewNotification, identity: UUID, registered_at: datetime
) -> Notification:
    """Return the checked entity for a caller's notification; raises `Invalid`."""
    given = msgspec.structs.asdict(new)
    given["fired_at"] = new.fired_at or registered_at
    given["action_data"] = take_action_data(
        messages.NO_DATA if new.action_data is UNSET else new.action_data
    )
    entity = Notification(id=identity, registered_at=registered_at, **given).checked()
    return _in_utc(entity)


def to_message(notification: Notification) -> messages.Notification:
    """Return the message for `notification`."""
    told = dict(zip(_names, _values(notification), strict=True))
    told["action_data"] = Raw(notification.action_data.text)
    return messages.Notification(**told)


def to_messages(notifications: Iterable[Notification]) -> list[messages.Notification]:
    """Return the messages for `notifications`."""
    return [to_message(notification) for notification in notifications]


def encode(notification: Notification | messages.Notification) -> bytes:
    """Return the JSON of a notification; the entity's fields are the message's."""
    return _encoder.encode(notification)


def decode(data: bytes | Raw) -> messages.Notification:
    """Return the notification in `data`; raises `msgspec.ValidationError` or `DecodeError`."""
    return _decoder.decode(data)


def to_event(notification: Notification) -> Event:
    """Return the event of a registration, with the current request and trace."""
    return new_event(
        REGISTERED,
        notification,
        id=notification.id,
        time=notification.registered_at,
        subject=notification.receiver,
        key=("notification", notification.action_type, notification.receiver),
    )


def from_event(event: Event) -> Notification:
    """Return the checked, unseen entity of an event, registered at the event's time.

    Raises `Invalid`, `msgspec.ValidationError` or `msgspec.DecodeError`.
    """
    if len(event.data) > SHORT:
        check_count(bytes(_data_decoder.decode(event.data).action_data))
    try:
        told = _entity_decoder.decode(event.data)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, Invalid):
            raise error.__cause__ from None
        raise
    # The id of the event counts, and a state from another service is not trusted. Numbers compare
    # in a tenth of the time of ids.
    if told.is_seen or told.registered_at != event.time or told.id.int != event.id.int:
        told = replace(told, id=event.id, registered_at=event.time, is_seen=False)
    return _in_utc(told.checked())


def _in_utc(notification: Notification) -> Notification:
    if notification.fired_at.tzinfo is UTC:
        return notification
    return replace(notification, fired_at=notification.fired_at.astimezone(UTC))
