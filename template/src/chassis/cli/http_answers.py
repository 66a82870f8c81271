"""The answers of a service over HTTP, as the clients of `send` and `tail` take them."""

from typing import Any

import httpx
import msgspec

from chassis.cli.clients import Disconnected, RequestRefused

# Too many requests, and what a proxy says of a service that is down: a retry may succeed.
AGAIN = (429, 502, 503, 504)


def check(answer: httpx.Response) -> None:
    """Raise `RequestRefused` or `Disconnected`, with the problem's detail, for an error."""
    if not answer.is_error:
        return
    try:
        problem = msgspec.json.decode(answer.content, type=dict[str, Any])
        reason = problem.get("detail") or problem.get("title")
    except msgspec.MsgspecError:
        reason = answer.reason_phrase
    kind = Disconnected if answer.status_code in AGAIN else RequestRefused
    raise kind(f"{answer.status_code}: {reason}")
