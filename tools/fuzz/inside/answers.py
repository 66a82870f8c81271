"""Whether what a session has sent answers what was asked of it, and is JSON-RPC."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

from chassis.interfaces.jsonrpc.request import MAX_BATCH

from tools.fuzz.inside.leaks import check_leaks

UNFORESEEN = -32603


def check_answers(asked: list[bytes], sent: Iterable[bytes]) -> None:
    """Raise where a message is no JSON-RPC, or the answers are not those to what was asked.

    Each request has one, under its id or, where it cannot be read, null; more come of none.
    """
    ids: Counter[str] = Counter()
    least = most = 0
    whole = b"\n".join(asked)
    for message in asked:
        known, at_least, at_most = _expected(message)
        if known is None:
            # Python cannot tell: it reads no number of so many digits, and nothing so deep.
            check_shapes(sent, whole)
            return
        ids.update(known)
        least, most = least + at_least, most + at_most
    found = Counter(_spelled(each["id"]) for each in check_shapes(sent, whole))
    assert least <= found.total() <= most, f"{found.total()} answers, not {least} to {most}"
    found.pop("null", None)
    assert found <= ids, f"nobody asked under {found - ids}"


def check_shapes(sent: Iterable[bytes], asked: bytes) -> list[dict[str, Any]]:
    """Return the answers among what was sent; raises where any of it is no JSON-RPC."""
    found = []
    for message in sent:
        check_leaks(message, asked)
        found += [each for each in _flat(message) if _is_answer(each)]
    return found


def _flat(message: bytes) -> list[dict[str, Any]]:
    assert b"\n" not in message
    told = json.loads(message.decode(), parse_constant=_refuse)
    assert told, "an empty batch"
    return told if isinstance(told, list) else [told]


def _is_answer(told: dict[str, Any]) -> bool:
    """Return whether it is one, or an event of a subscription; raises where it is neither."""
    assert told["jsonrpc"] == "2.0", told
    if "method" in told:
        assert told.keys() == {"jsonrpc", "method", "params"}, told
        return False
    assert told.keys() in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"}), told
    identity = told["id"]
    assert identity is None or type(identity) in (str, int, float), told
    if "error" in told:
        error = told["error"]
        assert type(error["code"]) is int, told
        assert error["code"] != UNFORESEEN, told
        assert error["message"], told
        assert error["data"]["request_id"], told
    return True


def _expected(message: bytes) -> tuple[list[str] | None, int, int]:
    """Return the ids that answers may have, and how many answers there are at least and at most."""
    try:
        # Parts that a session skips need not be UTF-8.
        told = json.loads(message.decode(errors="surrogateescape"))
    except json.JSONDecodeError:
        return [], 1, 1
    except (ValueError, RecursionError):
        return None, 0, 0
    is_batch = isinstance(told, list) and 1 <= len(told) <= MAX_BATCH
    items = told if is_batch else [told]
    ids = [_spelled(item["id"]) for item in items if isinstance(item, dict) and "id" in item]
    # One that has no id is answered only where it is no good request.
    least = sum(not isinstance(item, dict) or "id" in item for item in items)
    # It may be no JSON for msgspec, as a whole.
    return ids, min(least, 1) if is_batch else least, len(items)


def _spelled(identity: Any) -> str:
    return json.dumps(identity)


def _refuse(word: str) -> NoReturn:
    raise AssertionError(f"{word} is not JSON")
