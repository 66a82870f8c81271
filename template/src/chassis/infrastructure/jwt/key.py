"""Keys that verify tokens; each fixes its algorithms, so that no token chooses one."""

from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Struct

# An HMAC key has at least as many bits as its hash (RFC 7518, 3.2), an RSA key these (3.3).
SHORTEST_SECRET = 32
SHORTEST_RSA = 2048
# The most keys: a token without a `kid` may need a try with each.
MOST_KEYS = 32

_HMAC = {"HS256": SHORTEST_SECRET, "HS384": 48, "HS512": 64}
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BEGIN = "-----BEGIN"
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class KeyRefused(ValueError):
    """A key that must not verify tokens; the text says why, without the key."""


class VerificationKey(Struct, frozen=True):
    """A key, its algorithms, and the `kid` by which tokens name it."""

    value: Any
    algorithms: tuple[str, ...]
    id: str | None = None


def read_key(text: str) -> VerificationKey:
    """Return the public key in a PEM text, or else the text as a secret.

    Raises `KeyRefused`.
    """
    if _BEGIN not in text:
        secret = text.encode()
        if len(secret) < SHORTEST_SECRET:
            raise KeyRefused(f"a secret must have at least {SHORTEST_SECRET} bytes")
        return VerificationKey(
            secret, tuple(name for name, least in _HMAC.items() if len(secret) >= least)
        )
    try:
        public = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("the PEM text holds no public key that can be read") from None
    return VerificationKey(public, algorithms_of(public))


def read_keys(text: str) -> list[VerificationKey]:
    """Return the keys in a text: secrets, one a line, or public keys as PEM, one after the other.

    Raises `KeyRefused`.
    """
    parts = split_keys(text)
    if not 0 < len(parts) <= MOST_KEYS:
        raise KeyRefused(f"there must be 1 to {MOST_KEYS} keys")
    return [read_key(part) for part in parts]


def split_keys(text: str) -> list[str]:
    """Return the texts of the keys in `text`."""
    if _BEGIN in text:
        return [f"{_BEGIN}{part}" for part in text.split(_BEGIN)[1:]]
    return [line.strip() for line in text.split("\n") if line.strip()]


def read_jwk(document: Mapping[str, Any]) -> VerificationKey:
    """Return the key in a JWK (RFC 7517); raises `KeyRefused`."""
    if document.get("use", "sig") != "sig":
        raise KeyRefused("the key is not for signatures")
    if document.get("kty") == "oct":
        raise KeyRefused("a secret is no public key")
    try:
        public = jwt.PyJWK(dict(document)).key
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise KeyRefused(f"the key cannot be read: {error}") from None
    algorithms = algorithms_of(public)
    if (named := document.get("alg")) is not None:
        algorithms = tuple(each for each in algorithms if each == named)
        if not algorithms:
            raise KeyRefused("the key is for an algorithm that is not supported")
    identity = document.get("kid")
    return VerificationKey(public, algorithms, identity if isinstance(identity, str) else None)


def algorithms_of(public: object) -> tuple[str, ...]:
    """Return what a public key can verify; raises `KeyRefused`."""
    match public:
        case RSAPublicKey():
            if public.key_size < SHORTEST_RSA:
                raise KeyRefused(f"an RSA key must have at least {SHORTEST_RSA} bits")
            return _RSA
        case EllipticCurvePublicKey() if public.curve.name in _CURVES:
            return (_CURVES[public.curve.name],)
        case Ed25519PublicKey():
            return ("EdDSA",)
        case _:
            raise KeyRefused("supported public keys: RSA, P-256, P-384, P-521 and Ed25519")
