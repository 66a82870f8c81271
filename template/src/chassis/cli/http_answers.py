"""The answers of a service over HTTP, as the clients of `send` and `tail` take them."""

from typing import Any

import httpx
import msgspec

from chassis.cli.clients import Disconnected, RequestRefused

# Too many requests, and what a proxy says of a service that is down: a retry may succeed.
AGAIN = (429, 502, 503, 504)
NOT_OURS = "is it this service that runs there?"
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# Bytes of an answer: an id for each of a thousand items takes 40 KB.
LONGEST = 4 * 2**20


async def read(answer: httpx.Response) -> bytes:
    """Return the body; raises `RequestRefused` if it is too long to be this service's."""
    found = bytearray()
    async for part in answer.aiter_bytes():
        found += part
        if len(found) > LONGEST:
            raise RequestRefused(f"the answer has more than {LONGEST:,} bytes: {NOT_OURS}")
    return bytes(found)


def decode[Answer](body: bytes, kind: type[Answer]) -> Answer:
    """Return what an answer says; raises `RequestRefused` if it is not this service's."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        raise RequestRefused(f"the answer cannot be read: {NOT_OURS}") from None


def check(answer: httpx.Response, body: bytes) -> None:
    """Raise `RequestRefused` or `Disconnected`, with the problem's detail, unless it succeeded."""
    if answer.is_success:
        return
    if answer.has_redirect_location:
        # A redirect is not followed: the token is for this address.
        raise RequestRefused(f"{answer.status_code}: a redirect to another address; give that one")
    try:
        problem = msgspec.json.decode(body, type=dict[str, Any])
        reason = problem.get("detail") or problem.get("title")
    except UNREADABLE:
        reason = answer.reason_phrase
    kind = Disconnected if answer.status_code in AGAIN else RequestRefused
    raise kind(f"{answer.status_code}: {reason}")
