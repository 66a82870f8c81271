"""Parameters: decoded in one pass or in two, they are the same, or refused in words."""

import msgspec
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.call import call_decoder
from chassis.interfaces.jsonrpc.errors import encode_failure, to_failure
from chassis.interfaces.jsonrpc.params import Params, decode_params
from chassis.interfaces.jsonrpc.refused import JsonRpcRefused
from chassis.interfaces.jsonrpc.request import Request, read
from msgspec import DecodeError, Raw

from tools.fuzz.inside.jsonrpc import METHODS, PARAMS, WORDS
from tools.fuzz.inside.leaks import check_leaks
from tools.fuzz.inside.watch import WATCH

__all__ = ["SEEDS", "WORDS", "check"]

_NAMES = list(METHODS)
_decode = call_decoder(METHODS.values())

SEEDS = [bytes([_NAMES.index(method)]) + msgspec.json.encode(params) for method, params in PARAMS]


def check(data: bytes) -> None:
    """The first byte chooses the method, and the rest are its parameters."""
    if not data:
        return
    method, text = METHODS[_NAMES[data[0] % len(_NAMES)]], data[1:]
    _refused_or(method.decoder, text)
    message = b'{"jsonrpc":"2.0","id":7,"method":"%b","params":%b}' % (method.name.encode(), text)
    try:
        call = _decode(message)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return
    # The decoders with error messages must accept everything that the fast one accepts.
    request = read(message)
    assert isinstance(request, Request)
    assert (request.method, request.id) == (call.called.name, call.id)
    if b"\\u0000" not in message:
        again = _refused_or(call.called.decoder, bytes(request.params))
        assert again == call.params, (again, call.params)


def _refused_or(decoder: msgspec.json.Decoder[Params], text: bytes) -> Params | None:
    """Return the parameters, or nothing where they are refused, as a client may be told."""
    try:
        return decode_params(decoder, Raw(text))
    except (JsonRpcRefused, Invalid) as error:
        failure = to_failure(error)
        assert failure.code in (-32600, -32602, -32700), failure
        told = encode_failure(7, failure)
        msgspec.json.decode(told)
        check_leaks(told, text)
        return None
    finally:
        WATCH.check()
