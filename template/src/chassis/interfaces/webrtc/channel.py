"""One data channel, as the transport of a connection."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc import RTCDataChannel

from chassis.interfaces.webrtc.outsized import outsized_answer
from chassis.interfaces.webrtc.upstream.association import Association

# Unsent bytes from which on the session waits, if nothing else is set.
HIGH = 65_536


class ChannelTransport(asyncio.Transport):
    """Carries messages both ways: each `write` is one, as is each received datum.

    Messages that arrive although the session is full count against the association's window.
    `on_end` is called once the session has ended, which a peer that does not answer cannot prevent.
    """

    def __init__(
        self,
        channel: RTCDataChannel,
        association: Association,
        address: str,
        on_end: Callable[[], None],
    ) -> None:
        super().__init__({"peername": (address, 0)})
        self._on_end = on_end
        self._channel = channel
        self._association = association
        self._protocol: asyncio.Protocol
        self._high = HIGH
        self._is_closing = False
        self._is_lost = False
        self._is_full = False
        self._is_reading = True
        self._held = 0

    def attach(self, protocol: asyncio.Protocol) -> None:
        """Carry the messages of `protocol` from now on."""
        self._protocol = protocol
        self._channel.on("message", self._received)
        self._channel.on("bufferedamountlow", self._drained)
        self._channel.on("close", self._lose)
        protocol.connection_made(self)

    def too_large(self, data: bytes) -> None:
        """Pass on the beginning of a message that is too large."""
        self._protocol.data_received(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = HIGH if high is None else high
        self._channel.bufferedAmountLowThreshold = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        # aiortc sends now and then a little more to a peer that confirms nothing.
        identity = self._channel.id
        sent = 0 if identity is None else self._association.unacknowledged(identity)
        return self._channel.bufferedAmount + sent

    def write(self, data: Any) -> None:
        if self._is_closing or self._channel.readyState != "open":
            return
        largest = self._association.largest
        if largest and len(data) > largest:
            data, has_id = outsized_answer(data, largest)
            self._channel.send(data.decode())
            if not has_id:
                # An event that is left out would be a gap that the client does not know of.
                self.close()
            return
        self._channel.send(data.decode())
        if not self._is_full and self._channel.bufferedAmount > self._high:
            self._is_full = True
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._is_closing

    def is_reading(self) -> bool:
        return self._is_reading

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        held, self._held = self._held, 0
        if held:
            self._association.release(held)

    def close(self) -> None:
        """Close it once the peer has what was written."""
        if not self._is_closing:
            self._is_closing = True
            self._channel.close()

    def abort(self) -> None:
        """Close it without sending the rest."""
        self._is_closing = True
        self._association.discard(self._channel)
        asyncio.get_running_loop().call_soon(self._lose)

    def _received(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        if not self._is_reading:
            self._held += len(data)
            self._association.hold(len(data))
        self._protocol.data_received(data)

    def _drained(self) -> None:
        if self._is_full:
            self._is_full = False
            self._protocol.resume_writing()

    def _lose(self) -> None:
        if not self._is_lost:
            self._is_closing = self._is_lost = True
            self.resume_reading()
            self._protocol.connection_lost(None)
            self._on_end()
