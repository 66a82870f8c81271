"""A request of a known method, with its parameters: decoded in one pass."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import Params
from chassis.interfaces.jsonrpc.refused import Identity


class Call(Struct, frozen=True, kw_only=True, gc=False):
    """One valid call; the parameters may be missing."""

    called: ClassVar[Method[Any]]
    jsonrpc: Literal["2.0"]
    id: Identity | UnsetType = UNSET
    params: Params


def call_decoder(methods: Iterable[Method[Any]]) -> Callable[[bytes], Call]:
    """Return the decoder of a request for one of the methods, which raises if anything is wrong.

    It cannot say what is wrong: `read` and `decode_params` can.
    """
    kinds: Any = None
    for method in methods:
        kind = _kind(method)
        kinds = kind if kinds is None else kinds | kind
    return msgspec.json.Decoder(kinds).decode


def _kind(method: Method[Any]) -> Any:
    needs_params = any(field.required for field in msgspec.structs.fields(method.params))
    default: Any = msgspec.NODEFAULT if needs_params else method.params()
    return msgspec.defstruct(
        f"{method.params.__name__}Call",
        [("params", method.params, default)],
        bases=(Call,),
        frozen=True,
        kw_only=True,
        gc=False,
        tag_field="method",
        tag=method.name,
        namespace={"called": method},
    )
