from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from chassis.infrastructure.jwt.key import MOST_KEYS, KeyRefused, read_jwk, read_key, read_keys
from tests.chassis.unit.infrastructure.jwt.signing import (
    ED25519,
    P256,
    P384,
    RSA,
    SECRET,
    jwk,
    public_pem,
)


@pytest.mark.parametrize(
    ("text", "algorithms"),
    (
        (SECRET, ("HS256",)),
        (2 * SECRET, ("HS256", "HS384", "HS512")),
        (public_pem(RSA), ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        (public_pem(P256), ("ES256",)),
        (public_pem(P384), ("ES384",)),
        (public_pem(ED25519), ("EdDSA",)),
    ),
    ids=("secret", "long secret", "rsa", "p256", "p384", "ed25519"),
)
def test_a_key_fixes_its_algorithms(text: str, algorithms: tuple[str, ...]) -> None:
    assert read_key(text).algorithms == algorithms


@pytest.mark.parametrize(
    ("text", "told"),
    (
        ("x" * 31, "32 bytes"),
        ("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----", "no public key"),
        (public_pem(rsa.generate_private_key(65537, 1024)), "2048 bits"),
        (public_pem(ec.generate_private_key(ec.SECP256K1())), "supported public keys: RSA"),
        (public_pem(ed448.Ed448PrivateKey.generate()), "supported public keys: RSA"),
    ),
    ids=("short", "nonsense", "weak", "curve", "ed448"),
)
def test_a_key_that_is_none_or_too_weak_is_refused(text: str, told: str) -> None:
    with pytest.raises(KeyRefused, match=told) as caught:
        read_key(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "count"),
    (
        (SECRET, 1),
        (f"{SECRET}\n\n {2 * SECRET}\n", 2),
        (public_pem(RSA), 1),
        (f"{public_pem(RSA)}\n# the next one\n{public_pem(P256)}", 2),
    ),
    ids=("secret", "secrets", "pem", "pems"),
)
def test_a_text_may_have_several_keys(text: str, count: int) -> None:
    assert len(read_keys(text)) == count


@pytest.mark.parametrize("text", ("", f"{SECRET}\nshort", "\n".join([SECRET] * (MOST_KEYS + 1))))
def test_each_of_several_keys_must_be_good(text: str) -> None:
    with pytest.raises(KeyRefused):
        read_keys(text)


def test_a_jwk_has_a_name_and_may_fix_one_algorithm() -> None:
    assert read_jwk(jwk(RSA, "RS256", kid="a")).id == "a"
    assert read_jwk(jwk(RSA, "RS256", alg="PS256", use="sig")).algorithms == ("PS256",)
    assert read_jwk(jwk(P256, "ES256")).algorithms == ("ES256",)


@pytest.mark.parametrize(
    "document",
    (
        jwk(RSA, "RS256", use="enc"),
        jwk(RSA, "RS256", alg="HS256"),
        jwk(P256, "ES256", alg="ES384"),
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-256", "x": 1, "y": 2},
        {"kty": []},
        {},
    ),
    ids=("for encryption", "confused", "other curve", "secret", "empty", "odd", "list", "nothing"),
)
def test_a_jwk_that_verifies_nothing_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused):
        read_jwk(document)
