"""Between the notification's messages and its entity: by name, so a new field needs no line."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from app.application.access.caller import ANONYMOUS
from app.application.context import current_context
from app.application.event import Event
from app.application.notification import messages
from app.domain.notification.notification import Notification

REGISTERED = "notification.registered.v1"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(messages.Notification)
# Past the message: the entity's rules are as strict, and events come by the thousand.
_entity_decoder = msgspec.json.Decoder(Notification)


def to_entity(
    new: messages.NewNotification, identity: UUID, registered_at: datetime
) -> Notification:
    """Return the checked entity for what a caller gave; raises `Invalid`."""
    fields = msgspec.structs.asdict(new)
    fields["fired_at"] = new.fired_at or registered_at
    entity = Notification(id=identity, registered_at=registered_at, **fields).checked()
    return _in_utc(entity)


def to_message(notification: Notification) -> messages.Notification:
    """Return the message that tells of `notification`."""
    return msgspec.convert(notification, messages.Notification, from_attributes=True)


def to_messages(notifications: Iterable[Notification]) -> list[messages.Notification]:
    """Return the messages that tell of `notifications`."""
    return [to_message(notification) for notification in notifications]


def encode(notification: Notification | messages.Notification) -> bytes:
    """Return the JSON of a notification; the entity's fields are the message's."""
    return _encoder.encode(notification)


def decode(data: bytes | msgspec.Raw) -> messages.Notification:
    """Return the notification in `data`; raises `msgspec.ValidationError` or `DecodeError`."""
    return _decoder.decode(data)


def to_event(notification: Notification) -> Event:
    """Return the event that tells of a registration, under the current request and trace."""
    context = current_context()
    return Event(
        id=notification.id,
        type=REGISTERED,
        subject=notification.receiver,
        time=notification.registered_at,
        key=("notification", notification.action_type, notification.receiver),
        data=msgspec.Raw(encode(notification)),
        traceparent=context.traceparent if context else None,
        request_id=context.request_id if context else None,
        caller=context.caller.name if context and context.caller is not ANONYMOUS else None,
    )


def from_event(event: Event, registered_at: datetime) -> Notification:
    """Return the checked, unseen entity that an event tells of; its id carries `registered_at`.

    Raises `Invalid`, `msgspec.ValidationError` or `msgspec.DecodeError`.
    """
    told = _entity_decoder.decode(event.data)
    # The id of the event is the one that counts, and what another service has shown is not seen.
    # Numbers compare in a tenth of the time of ids.
    if told.is_seen or told.registered_at != registered_at or told.id.int != event.id.int:
        told = replace(told, id=event.id, registered_at=registered_at, is_seen=False)
    return _in_utc(told.checked())


def _in_utc(notification: Notification) -> Notification:
    if notification.fired_at.tzinfo is UTC:
        return notification
    return replace(notification, fired_at=notification.fired_at.astimezone(UTC))
