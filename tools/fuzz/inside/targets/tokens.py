"""Tokens: no caller is accepted without a token of the issuer, and a refusal has a message."""

import base64
import hashlib
import hmac
import json
import math
import time

from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.bootstrap.names import read_names
from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
from chassis.infrastructure.jwt.key import read_key
from chassis.infrastructure.jwt.keys import StaticKeys

from tools.fuzz.inside.loop import run

_SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
_TOLD = {
    "the token is not valid here",
    "the token has expired",
}
_HEADER = b'{"alg":"HS256","typ":"JWT"}'
_CLAIMS = b'{"sub":"ada","exp":4102444800,"scope":"notifications:read","receivers":["ada","a-*"]}'

SEEDS = [
    b"\x01%b\n%b" % (_HEADER, _CLAIMS),
    b"\x01%b\n%b" % (b'{"alg":"HS256","kid":"1","crit":["b64"],"b64":false}', _CLAIMS),
    b"\x01%b\n%b" % (_HEADER, b'{"sub":"a","exp":4102444800.5,"nbf":1,"iat":1,"aud":["a"]}'),
    b"\x01%b\n%b" % (b'{"alg":"none"}', _CLAIMS),
    b"\x00eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9.",
    b"\x00eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9.AAAA",
]
WORDS = [
    *(b'"%b":' % name for name in (b"alg", b"kid", b"typ", b"crit", b"b64", b"jku", b"jwk")),
    *(b'"%b":' % name for name in (b"sub", b"exp", b"nbf", b"iat", b"iss", b"aud", b"jti")),
    *(b'"HS256"', b'"none"', b'"RS256"', b'"scope":', b'"receivers":', b"4102444800", b"1e400"),
    *(b".", b"..", b"=", b"-", b"_", b"null", b"true", b"[]", b"{}", b"\\ud800", b"9" * 400),
    *(b"[" * 64, b'{"a":' * 16, b"NaN", b"Infinity", b"\xff", b"eyJ"),
]


def check(data: bytes) -> None:
    """A token as it comes, or (by the first byte) a header and claims that the issuer has signed.

    An issuer is trusted, and all the same its claims may be anything.
    """
    if not data:
        return
    text = str(data[1:], "latin-1")
    token = _signed(data[1:]) if data[0] & 1 else text
    keys = StaticKeys(read_key(_SECRET))
    authenticator = JwtAuthenticator(keys, admin_scope=read_names().admin_scope)
    for _ in range(2):
        # The second time it may be one that is remembered.
        caller = run(_caller(authenticator, token))
        if caller is not None:
            assert _is_signed(token), f"{caller.name} has been let in by {token}"
            _check(caller)


async def _caller(authenticator: JwtAuthenticator, token: str) -> Caller | None:
    try:
        return await authenticator.authenticate(token)
    except Unauthorized as error:
        told = str(error)
    assert told in _TOLD, told
    return None


def _check(caller: Caller) -> None:
    assert 1 <= len(caller.name) <= 255
    assert caller.expires_at is not None
    assert math.isfinite(caller.expires_at)
    assert caller.expires_at > time.time()
    assert len(caller.receivers) <= 100
    assert all(type(each) is str for each in (*caller.scopes, *caller.receivers))
    caller.name.encode()


def _signed(data: bytes) -> str:
    header, _, claims = data.partition(b"\n")
    signed = b"%b.%b" % (_base64(header), _base64(claims))
    return str(b"%b.%b" % (signed, _base64(_signature(signed))), "ascii")


def _is_signed(token: str) -> bool:
    signed, _, signature = token.encode("latin-1").rpartition(b".")
    header = json.loads(base64.urlsafe_b64decode(signed.partition(b".")[0] + b"=="))
    given = base64.urlsafe_b64decode(signature + b"==")
    return header["alg"] == "HS256" and given == _signature(signed)


def _signature(signed: bytes) -> bytes:
    return hmac.digest(_SECRET.encode(), signed, hashlib.sha256)


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
