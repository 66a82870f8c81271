"""Port: the wire form of events."""

from typing import Protocol

from chassis.application.event import Event
from chassis.application.ports.outbox import Envelope


class Undecodable(ValueError):
    """A body is no event, or its data does not match its version; the text says why."""


class Codec(Protocol):
    """Turns events into envelopes and bodies into events."""

    def encode(self, event: Event) -> Envelope:
        """Return the envelope that carries `event`."""
        ...

    def decode(self, body: bytes) -> Event:
        """Return the event in `body`; raises `Undecodable`."""
        ...
