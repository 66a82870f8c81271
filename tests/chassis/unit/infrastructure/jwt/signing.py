"""Keys of an issuer, and tokens that it signs."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import get_default_algorithms

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()

type Private = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | str | bytes
)


def token(key: Private, algorithm: str, *, kid: str | None = None, **claims: Any) -> str:
    """Return a token that is good for a minute, but for what is said; None takes a claim away."""
    whole = {"sub": "ada", "exp": int(time.time()) + 60, **claims}
    given = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(given, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def public_pem(key: Any) -> str:
    """Return the public half as PEM."""
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def jwk(key: Any, algorithm: str, **more: Any) -> dict[str, Any]:
    """Return the public half as a JWK."""
    found: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(
        key.public_key(), as_dict=True
    )
    return found | more


def jwks(*keys: dict[str, Any]) -> bytes:
    """Return a JWKS of these."""
    return json.dumps({"keys": keys}).encode()
