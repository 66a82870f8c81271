"""HTTP/2 by hand (RFC 9113), for clients that no library would be."""

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1
HEAD = 9

# SETTINGS_INITIAL_WINDOW_SIZE: 0, so that nothing may be sent in answer.
_NO_WINDOW = (4).to_bytes(2) + (0).to_bytes(4)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame."""
    head = len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4)
    return head + payload


# Our settings: all as they are by default.
HELLO = PREFACE + frame(SETTINGS, 0, 0, b"")
# Those of a client that takes no answer.
DEAF = PREFACE + frame(SETTINGS, 0, 0, _NO_WINDOW)


def call(stream: int, path: str, message: bytes) -> bytes:
    """Return a gRPC call with one message; `stream` is odd, and no other call's."""
    framed = b"\0" + len(message).to_bytes(4) + message
    return frame(HEADERS, END_HEADERS, stream, headers(path)) + frame(
        DATA, END_STREAM, stream, framed
    )


def headers(path: str) -> bytes:
    """Return the head of a gRPC call, as HPACK writes it that knows no tables."""
    pairs = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "127.0.0.1",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in pairs.items())


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()
