"""Tokens, valid and invalid."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = "a key of the tests: 0123456789abcdef"
ACCESS = {
    "AUTH": "jwt",
    "AUTH_JWT_KEY": KEY,
    "AUTH_ISSUER": "https://issuer",
    "AUTH_AUDIENCE": "service",
    "AUTH_LEEWAY": "0",
}
FOREIGN = rsa.generate_private_key(65537, 2048)


def token(key: Any = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token that may do all but administer, but for what is said."""
    whole = {
        "sub": "tester",
        "iss": "https://issuer",
        "aud": "service",
        "exp": int(time.time()) + 60,
        "scope": "notifications:read notifications:write",
        "receivers": ["*"],
    }
    return jwt.encode(whole | claims, key, algorithm=algorithm)


def unsigned() -> str:
    """Return a good token but for its signature: it has none, and says so."""
    _, claims, _ = token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{head}.{claims}."


def confused() -> str:
    """Return one that is signed with a well-known text, as if it were the secret."""
    head, claims, _ = token().split(".")
    mac = hmac.digest(b"https://issuer", f"{head}.{claims}".encode(), hashlib.sha256)
    return f"{head}.{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


UNKNOWN: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "nonsense": lambda: "nonsense",
    "expired": lambda: token(exp=int(time.time()) - 1),
    "not yet": lambda: token(nbf=int(time.time()) + 60),
    "wrong key": lambda: token(key="another key of the tests: 0123456789"),
    "alg none": unsigned,
    "confused algorithm": confused,
    "foreign algorithm": lambda: token(key=FOREIGN, algorithm="RS256"),
    "wrong issuer": lambda: token(iss="https://them"),
    "wrong audience": lambda: token(aud="another"),
    "no end": lambda: token(exp=None),
}
