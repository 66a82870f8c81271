from types import SimpleNamespace
from typing import Any

import pytest

from chassis.interfaces.http.origin import ALLOWED, is_allowed


def scope(host: str, origin: str | None) -> dict[str, Any]:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    friends = frozenset(("https://friend.example",))
    return {"headers": headers, "app": SimpleNamespace(state={ALLOWED: friends})}


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    (
        ("here.example", None, True),
        ("here.example", "https://here.example", True),
        ("Here.example:8000", "http://here.example:8000", True),
        ("here.example", "https://friend.example", True),
        ("here.example", "https://here.example:8443", False),
        ("here.example", "https://evil.example", False),
        ("here.example", "https://here.example.evil.example", False),
        ("here.example", "https://evil@here.example", False),
        ("here.example", "null", False),
        ("here.example", "http://[", False),
        ("here.example", "", False),
    ),
)
def test_origin(host: str, origin: str | None, allowed: bool) -> None:
    assert is_allowed(scope(host, origin)) is allowed
