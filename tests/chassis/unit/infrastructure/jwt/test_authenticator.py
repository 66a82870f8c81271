import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from chassis.application.errors import Unauthorized
from chassis.infrastructure.jwt import authenticator as module
from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
from chassis.infrastructure.jwt.key import read_key
from chassis.infrastructure.jwt.keys import StaticKeys
from tests.chassis.unit.infrastructure.jwt.signing import (
    ED25519,
    P256,
    RSA,
    SECRET,
    public_pem,
    token,
)

FOREIGN = "another secret, which is as long as it has to be"


def authenticator(key: str = SECRET, **settings: Any) -> JwtAuthenticator:
    return JwtAuthenticator(StaticKeys(read_key(key)), admin_scope="orders:admin", **settings)


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def claims() -> dict[str, object]:
    return {"sub": "ada", "exp": time.time() + 60}


@pytest.mark.parametrize(
    ("text", "private", "algorithm"),
    (
        (SECRET, SECRET, "HS256"),
        (2 * SECRET, 2 * SECRET, "HS512"),
        (public_pem(RSA), RSA, "PS256"),
        (public_pem(P256), P256, "ES256"),
        (public_pem(ED25519), ED25519, "EdDSA"),
    ),
    ids=("HS256", "HS512", "PS256", "ES256", "EdDSA"),
)
async def test_a_token_tells_who_its_bearer_is(text: str, private: Any, algorithm: str) -> None:
    expires = int(time.time()) + 60
    signed = token(
        private,
        algorithm,
        exp=expires,
        scope="notifications:read notifications:write",
        receivers=["ada", "team-*"],
    )

    caller = await authenticator(text, leeway=5).authenticate(signed)

    assert caller.name == "ada"
    assert caller.scopes == {"notifications:read", "notifications:write"}
    assert caller.receivers == ("ada", "team-*")
    assert caller.expires_at == expires + 5
    assert not caller.is_admin


@pytest.mark.parametrize("scope", ("orders:admin", "orders:read orders:admin", ["orders:admin"]))
async def test_the_services_own_scope_makes_an_administrator(scope: str | list[str]) -> None:
    signed = token(SECRET, "HS256", scope=scope)

    assert (await authenticator().authenticate(signed)).is_admin


@pytest.mark.parametrize("scope", ("administrator", ["administrator"], "other:admin", "orders"))
async def test_no_other_scope_does(scope: str | list[str]) -> None:
    signed = token(SECRET, "HS256", scope=scope)

    assert not (await authenticator().authenticate(signed)).is_admin


async def test_scopes_may_come_as_a_list_and_what_is_not_said_is_not_had() -> None:
    one = await authenticator().authenticate(token(SECRET, "HS256", scope=["a", "b"]))
    none = await authenticator().authenticate(token(SECRET, "HS256"))

    assert one.scopes == {"a", "b"}
    assert (none.scopes, none.receivers) == (frozenset(), ())


# Made when they are needed: they would expire while other tests run.
REFUSED: dict[str, Callable[[], str]] = {
    "foreign secret": lambda: token(FOREIGN, "HS256"),
    "expired": lambda: token(SECRET, "HS256", exp=int(time.time()) - 1),
    "no end": lambda: token(SECRET, "HS256", exp=None),
    "nobody": lambda: token(SECRET, "HS256", sub=None),
    "empty name": lambda: token(SECRET, "HS256", sub=""),
    "not yet": lambda: token(SECRET, "HS256", nbf=int(time.time()) + 60),
    "scope is a number": lambda: token(SECRET, "HS256", scope=7),
    "receivers is a text": lambda: token(SECRET, "HS256", receivers="*"),
    "receivers is half a pair": lambda: token(SECRET, "HS256", receivers="\ud800"),
    "receivers are numbers": lambda: token(SECRET, "HS256", receivers=[7]),
    "name with NUL": lambda: token(SECRET, "HS256", sub="a\0"),
    "name with half a pair": lambda: token(SECRET, "HS256", sub="\ud800"),
    "receiver with NUL": lambda: token(SECRET, "HS256", receivers=["a\0"]),
    "receiver with half a pair": lambda: token(SECRET, "HS256", receivers=["\udfff"]),
    "too many receivers": lambda: token(SECRET, "HS256", receivers=["a"] * 101),
    "none": lambda: f"{part({'alg': 'none'})}.{part(claims())}.",
    "NoNe": lambda: f"{part({'alg': 'NoNe', 'typ': 'JWT'})}.{part(claims())}.",
    "public key": lambda: token(RSA, "RS256"),
    "cut": lambda: token(SECRET, "HS256")[:-2],
    "longer hash": lambda: token(2 * SECRET, "HS512"),
    "deep": lambda: f"{part({'alg': 'HS256'})}.{part(b'[' * 5000)}.{part(b'x')}",
    "dots": lambda: "a.b.c",
    "empty": lambda: "",
    "cyrillic": lambda: "ж.ж.ж",
    "long": lambda: "x" * 8193,
}


@pytest.mark.parametrize("name", REFUSED)
async def test_any_other_is_refused_and_told_of(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unauthorized):
        await authenticator().authenticate(REFUSED[name]())

    (record,) = caplog.records
    assert record.message == "token refused"
    assert vars(record)["reason"]


async def test_no_token_is_refused() -> None:
    with pytest.raises(Unauthorized, match="bearer token"):
        await authenticator().authenticate(None)


async def test_a_public_key_is_no_secret() -> None:
    # Signed with the PEM text as if it were the secret of an HMAC.
    pem = public_pem(RSA)
    signed = f"{part({'alg': 'HS256'})}.{part(claims())}"
    mac = hmac.digest(pem.encode(), signed.encode(), hashlib.sha256)

    with pytest.raises(Unauthorized):
        await authenticator(pem).authenticate(f"{signed}.{part(mac)}")


async def test_issuer_and_audience_are_held_to_where_they_are_set() -> None:
    strict = authenticator(issuer="https://us", audience="shop")
    good: dict[str, Any] = {"iss": "https://us", "aud": ["shop", "bank"]}

    assert (await strict.authenticate(token(SECRET, "HS256", **good))).name == "ada"
    for wrong in ({"iss": "https://them"}, {"aud": "bank"}, {"iss": None}, {"aud": None}):
        with pytest.raises(Unauthorized):
            await strict.authenticate(token(SECRET, "HS256", **good | wrong))
    # Without a setting, a token with any audience is accepted.
    await authenticator().authenticate(token(SECRET, "HS256", aud="bank"))


async def test_clocks_may_be_apart_by_the_leeway() -> None:
    late = token(SECRET, "HS256", exp=int(time.time()) - 5)
    early = token(SECRET, "HS256", nbf=int(time.time()) + 5)

    for each in (late, early):
        assert (await authenticator(leeway=10).authenticate(each)).name == "ada"


async def test_one_that_was_accepted_is_not_verified_again_and_still_expires(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verifying = authenticator()
    signed = token(SECRET, "HS256", exp=int(time.time()) + 60)
    first = await verifying.authenticate(signed)

    assert await verifying.authenticate(signed) is first

    class Later:
        @staticmethod
        def time() -> float:
            return time.time() + 61

    monkeypatch.setattr(module, "time", Later)
    with pytest.raises(Unauthorized, match="expired"):
        await verifying.authenticate(signed)


async def test_no_more_than_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    verifying = authenticator()
    tokens = [token(SECRET, "HS256", sub=f"caller-{number}") for number in range(3)]
    callers = [await verifying.authenticate(each) for each in tokens]

    assert await verifying.authenticate(tokens[2]) is callers[2]
    assert await verifying.authenticate(tokens[0]) is not callers[0]
