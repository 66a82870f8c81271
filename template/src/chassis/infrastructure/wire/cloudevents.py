"""CloudEvents 1.0, structured JSON mode (https://github.com/cloudevents/spec, v1.0.2)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from chassis.application.bindings import routing_key
from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.application.ports.outbox import Envelope

CONTENT_TYPE = "application/cloudevents+json"


class _CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    # A required field without a default is always written, as `specversion` must be.
    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, Meta(min_length=1)]
    type: Annotated[str, Meta(min_length=1)]
    subject: str
    time: Annotated[datetime, Meta(tz=True)]
    datacontenttype: Literal["application/json"]
    data: Raw
    traceparent: str | None = None
    requestid: str | None = None
    caller: str | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_CloudEvent)


class _Routed(Struct, gc=False):
    type: str
    subject: str = ""


_routed_decoder = msgspec.json.Decoder(_Routed)


def routed_by(body: bytes) -> tuple[str, str]:
    """Return the type and the subject of an encoded event; empty ones if it is none."""
    try:
        found = _routed_decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return "", ""
    return found.type, found.subject


class CloudEventsCodec:
    """Writes and reads the events of one service, whose `source` is `/<project_slug>`."""

    def __init__(self, source: str) -> None:
        self._source = source

    def encode(self, event: Event) -> Envelope:
        """Return the envelope that carries `event`; raises `ValueError` for a wrong `key`."""
        cloud_event = _CloudEvent(
            specversion="1.0",
            id=event.id,
            source=self._source,
            type=event.type,
            subject=event.subject,
            time=event.time,
            datacontenttype="application/json",
            data=event.data,
            traceparent=event.traceparent,
            requestid=event.request_id,
            caller=event.caller,
        )
        body = _encoder.encode(cloud_event)
        return Envelope(event.id, routing_key(event), body, event.traceparent, event.not_before)

    def decode(self, body: bytes) -> Event:
        """Return the event in `body`; raises `Undecodable`."""
        try:
            found = _decoder.decode(body)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Undecodable(str(error)) from error
        return Event(
            id=found.id,
            type=found.type,
            subject=found.subject,
            time=found.time,
            data=found.data,
            traceparent=found.traceparent,
            request_id=found.requestid,
            caller=found.caller,
        )
