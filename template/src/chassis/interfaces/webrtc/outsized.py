"""The answer in place of one that is larger than the client takes."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chassis.interfaces.jsonrpc.errors import encode_failure, to_failure
from chassis.interfaces.jsonrpc.refused import TOO_LARGE, Identity, JsonRpcRefused


class _Answer(Struct):
    """A batch of answers, or an event, has no id of its own."""

    id: Identity | UnsetType = UNSET


_decoder = msgspec.json.Decoder(_Answer)


def outsized_answer(message: bytes, largest: int) -> tuple[bytes, bool]:
    """Return an error with the id of `message`, and whether it has one.

    `largest` is the client's limit, in bytes.
    """
    try:
        identity = _decoder.decode(message).id
    except msgspec.DecodeError:
        identity = UNSET
    reason = (
        f"has {len(message)} bytes, and the client takes at most {largest} "
        "(its max-message-size): ask for less, or use another transport"
    )
    failure = to_failure(JsonRpcRefused(TOO_LARGE, "too-large", "answer", reason))
    if identity is UNSET:
        return encode_failure(None, failure), False
    return encode_failure(identity, failure), True
