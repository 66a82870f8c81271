"""Tokens that an attacker makes, each wrong in one way; every one must be refused."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt

from tests.chassis.conformance.tokens import KEY, UNKNOWN, token


def encoded(data: bytes) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: str | bytes, head: str = '{"alg": "HS256", "typ": "JWT"}') -> str:
    """Return a token with exactly this text, signed with the right key."""
    body = claims if isinstance(claims, bytes) else claims.encode()
    start = f"{encoded(head.encode())}.{encoded(body)}"
    algorithm = jwt.get_algorithm_by_name("HS256")
    return f"{start}.{encoded(algorithm.sign(start.encode(), KEY.encode()))}"


def with_claim(name: str, value: str) -> str:
    """Return a token in which this claim has the value, as JSON that no library would write."""
    claims = jwt.decode(token(), options={"verify_signature": False}) | {name: "HERE"}
    return signed(json.dumps(claims).replace('"HERE"', value))


def headed(**head: Any) -> str:
    """Return a good token but for these fields of its head, which the signature is for."""
    claims = json.dumps(jwt.decode(token(), options={"verify_signature": False}))
    return signed(claims, json.dumps({"alg": "HS256"} | head))


def changed() -> str:
    """Return one whose claims were changed after it was signed."""
    head, _, signature = token().split(".")
    claims = jwt.decode(token(), options={"verify_signature": False})
    more = encoded(json.dumps(claims | {"scope": "notifications:admin"}).encode())
    return f"{head}.{more}.{signature}"


def two() -> str:
    """Return a good token and another one, as a proxy joins two headers."""
    return f"{token()}, {token()}"


FORGED: dict[str, Callable[[], str | None]] = {
    "exp far past": lambda: token(exp=0),
    "exp negative": lambda: token(exp=-(2**63)),
    "exp text": lambda: with_claim("exp", '"soon"'),
    "exp NaN": lambda: with_claim("exp", "NaN"),
    "exp infinite": lambda: with_claim("exp", "1e400"),
    "exp of 5000 digits": lambda: with_claim("exp", "9" * 5000),
    "exp list": lambda: with_claim("exp", "[9999999999]"),
    "exp object": lambda: with_claim("exp", "{}"),
    "exp null": lambda: with_claim("exp", "null"),
    "nbf far future": lambda: token(nbf=2**62),
    "nbf NaN": lambda: with_claim("nbf", "NaN"),
    "nbf infinite": lambda: with_claim("nbf", "Infinity"),
    "nbf text": lambda: with_claim("nbf", '"never"'),
    "iat text": lambda: with_claim("iat", '"today"'),
    "iat infinite": lambda: with_claim("iat", "1e999"),
    "iat future": lambda: token(iat=int(time.time()) + 3600),
    "sub missing": lambda: token(sub=None),
    "sub number": lambda: with_claim("sub", "7"),
    "sub empty": lambda: with_claim("sub", '""'),
    "sub object": lambda: with_claim("sub", '{"a": 1}'),
    "sub surrogate": lambda: with_claim("sub", '"\\ud800"'),
    "sub of NUL": lambda: with_claim("sub", '"a\\u0000b"'),
    "iss list": lambda: with_claim("iss", '["https://issuer"]'),
    "iss null": lambda: with_claim("iss", "null"),
    "iss with a slash": lambda: token(iss="https://issuer/"),
    "aud null": lambda: with_claim("aud", "null"),
    "aud object": lambda: with_claim("aud", '{"service": 1}'),
    "aud empty": lambda: with_claim("aud", "[]"),
    "aud number": lambda: with_claim("aud", "[1]"),
    "scope number": lambda: with_claim("scope", "7"),
    "scope object": lambda: with_claim("scope", '{"notifications:admin": 1}'),
    "receivers text": lambda: with_claim("receivers", '"*"'),
    "receivers numbers": lambda: with_claim("receivers", "[1]"),
    "claims list": lambda: signed("[]"),
    "claims null": lambda: signed("null"),
    "claims broken": lambda: signed('{"sub": '),
    "claims no Unicode": lambda: signed(b"\xff\xfe"),
    "claims nested": lambda: signed("[" * 2000),
    "alg None": lambda: headed(alg="None"),
    "alg null": lambda: headed(alg=None),
    "alg list": lambda: headed(alg=["HS256"]),
    "alg of the public key": lambda: headed(alg="RS256"),
    "alg longer": lambda: headed(alg="HS512"),
    "kid traversal": lambda: headed(kid="../../../../dev/null", alg="none"),
    "crit unknown": lambda: headed(crit=["unknown"], unknown=1),
    "b64 false": lambda: headed(b64=False, crit=["b64"]),
    "head broken": lambda: signed("{}", '{"alg": '),
    "head list": lambda: signed("{}", "[]"),
    "head nested": lambda: signed("{}", "[" * 2000),
    "signature cut": lambda: token()[:-4],
    "signature missing": lambda: token().rpartition(".")[0] + ".",
    "two parts": lambda: token().rpartition(".")[0],
    "four parts": lambda: token() + ".e30",
    "claims changed": changed,
    "two tokens": two,
    "dots": lambda: "..",
    "a path": lambda: "../../../../etc/passwd",
    "of 6000 characters": lambda: token() + "A" * 6000,
} | {
    # The known ones of the suite, but for that which is no token at all.
    name: make
    for name, make in UNKNOWN.items()
    if name != "no token"
}
