"""Answers to data that is not yet a request, each the last one on its connection."""

_REFUSAL = b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

BAD_REQUEST = _REFUSAL % b"400 Bad Request"
TOO_SLOW = _REFUSAL % b"408 Request Timeout"
HEAD_TOO_LARGE = _REFUSAL % b"431 Request Header Fields Too Large"
UNAVAILABLE = _REFUSAL % b"503 Service Unavailable"
