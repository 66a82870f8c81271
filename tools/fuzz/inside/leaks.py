"""Texts that a client must never read: internals of the service."""

INTERNAL = (b"Traceback", b'File \\"', b"msgspec", b"object at 0x", b".py", b"<class ")


def check_leaks(answer: bytes, asked: bytes) -> None:
    """Raise where an answer has a word of those that no client has sent."""
    for word in INTERNAL:
        assert word not in answer or word in asked, f"{word!r} has leaked: {answer!r}"
