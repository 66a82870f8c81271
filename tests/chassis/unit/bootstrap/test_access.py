import asyncio
from pathlib import Path
from typing import Any, Literal

import jwt
import pytest

from chassis.application.access.caller import ANONYMOUS
from chassis.bootstrap.access import AccessSettings, hosts_of, make_authenticator, problems, sign
from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.secrets import HIDDEN, shown
from chassis.infrastructure.secrets import source

KEY = "Zq3v7Lw9Xc1Bn5Mk8Jh2Gf6Ds4Ap0QrT"


def told(*, in_production: bool = False, **settings: Any) -> str:
    """Return the one thing that is wrong, or nothing."""
    found = problems(AccessSettings(**settings), in_production=in_production)
    assert len(found) <= 1
    return found[0] if found else ""


def test_nobody_is_asked_unless_it_is_set_and_never_in_production() -> None:
    assert told() == ""
    assert told(auth_jwt_key=KEY) == ""
    assert told(in_production=True) == "ENVIRONMENT=production needs AUTH=jwt"


@pytest.mark.parametrize(
    "sources",
    (
        {},
        {"auth_jwt_key": KEY, "auth_jwks_file": "x"},
        {"auth_jwks_file": "x", "auth_jwks_url": "https://x"},
    ),
)
def test_keys_come_from_one_place(sources: dict[str, Any]) -> None:
    assert told(auth="jwt", **sources).startswith("AUTH=jwt needs exactly one of AUTH_JWT_KEY")


def test_a_key_that_cannot_be_used_is_told_without_its_text() -> None:
    found = told(auth="jwt", auth_jwt_key="hush-hush")

    assert found.startswith("AUTH_JWT_KEY cannot be used: a secret must have at least 32 bytes")
    assert "hush" not in found


@pytest.mark.parametrize(
    "key",
    (
        "x" * 40,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "your-256-bit-secret-your-256-bit-secret",
        "changeme-0123456789-abcdefghijklmnop",
        "<secret> 0123456789abcdefghijklmnopqr",
    ),
)
def test_a_key_that_can_be_guessed_is_refused_in_production(key: str) -> None:
    assert told(auth="jwt", auth_jwt_key=key) == ""
    assert told(auth="jwt", auth_jwt_key=key, in_production=True).startswith(
        "AUTH_JWT_KEY is easy to guess"
    )
    assert told(auth="jwt", auth_jwt_key=KEY, in_production=True) == ""


@pytest.mark.parametrize(
    ("url", "part"),
    (
        ("https://issuer.example/jwks.json", ""),
        ("http://127.0.0.1:8000/jwks.json", ""),
        ("http://localhost/jwks.json", ""),
        ("http://issuer.example/jwks.json", "must begin with https://"),
        ("issuer.example", "must be a URL"),
        ("file:///etc/passwd", "must be a URL"),
        ("https://", "must be a URL"),
    ),
)
def test_keys_are_fetched_over_tls(url: str, part: str) -> None:
    found = told(auth="jwt", auth_jwks_url=url)

    assert part in found if part else found == ""


async def test_what_is_signed_here_is_accepted_here() -> None:
    settings = AccessSettings(
        auth="jwt", auth_jwt_key=KEY, auth_issuer="https://us", auth_audience="me"
    )
    token, claims = sign(settings, {"sub": "ada", "exp": 4_000_000_000})

    caller = await make_authenticator(settings).authenticate(token)

    assert caller.name == "ada"
    assert (claims["iss"], claims["aud"]) == ("https://us", "me")
    assert jwt.get_unverified_header(token)["alg"] == "HS256"


@pytest.mark.parametrize("key", ("", "short", "-----BEGIN PUBLIC KEY-----"))
def test_nothing_is_signed_without_a_secret(key: str) -> None:
    with pytest.raises(SettingsError):
        sign(AccessSettings(auth_jwt_key=key), {})


async def test_keys_in_a_file_are_looked_for_when_they_are_needed(tmp_path: Path) -> None:
    found = make_authenticator(AccessSettings(auth="jwt", auth_jwks_file=str(tmp_path / "none")))

    assert found.is_on


async def test_where_nobody_is_asked_everybody_is_anonymous() -> None:
    authenticator = make_authenticator(AccessSettings())

    assert not authenticator.is_on
    assert await authenticator.authenticate("whatever") is ANONYMOUS
    await authenticator.check()


@pytest.mark.parametrize("listening", ("127.0.0.1", "localhost", "::1"))
def test_on_loopback_without_tokens_a_request_names_loopback(listening: str) -> None:
    hosts = hosts_of(AccessSettings(allowed_hosts="svc.test, Other"), listening)

    assert hosts is not None
    for name in (b"localhost:8000", b"svc.test", b"other:1"):
        assert hosts.allow({"headers": [(b"host", name)]})
    assert not hosts.allow({"headers": [(b"host", b"evil.example")]})


@pytest.mark.parametrize(
    ("auth", "listening"), (("jwt", "127.0.0.1"), ("none", "0.0.0.0"), ("none", "10.0.0.1"))
)
def test_elsewhere_a_request_may_name_any_host(
    auth: Literal["none", "jwt"], listening: str
) -> None:
    assert hosts_of(AccessSettings(auth=auth, allowed_hosts="svc.test"), listening) is None


@pytest.mark.parametrize("hosts", ("https://svc.test", "svc.test:8000", "a,,b", "*"))
def test_what_is_no_name_is_refused(hosts: str) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS"):
        Environment({"ALLOWED_HOSTS": hosts}).load(AccessSettings)


def test_no_key_or_token_is_shown() -> None:
    assert shown("AUTH_JWT_KEY", KEY) == HIDDEN
    assert shown("AUTH_TOKEN", "x.y.z") == HIDDEN


async def test_of_several_keys_the_first_signs_and_all_verify() -> None:
    settings = AccessSettings(auth="jwt", auth_jwt_key=f"{KEY}\n{KEY[::-1]}")
    before = AccessSettings(auth="jwt", auth_jwt_key=KEY[::-1])
    claims = {"sub": "ada", "exp": 4_000_000_000}

    token, _ = sign(settings, claims)

    assert (await make_authenticator(settings).authenticate(sign(before, claims)[0])).name == "ada"
    only_first = make_authenticator(AccessSettings(auth="jwt", auth_jwt_key=KEY))
    assert (await only_first.authenticate(token)).name == "ada"


def test_each_of_several_keys_must_be_hard_to_guess() -> None:
    assert told(auth="jwt", auth_jwt_key=f"{KEY}\n{'x' * 40}", in_production=True)


async def test_a_key_from_a_file_may_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "POLL_INTERVAL", 0)
    file = tmp_path / "key"
    await asyncio.to_thread(file.write_text, KEY)
    given = {"AUTH": "jwt", "AUTH_JWT_KEY_FILE": str(file)}
    service = make_authenticator(Environment(given).load(AccessSettings))

    await asyncio.to_thread(file.write_text, KEY[::-1])

    after = AccessSettings(auth="jwt", auth_jwt_key=KEY[::-1])
    token, _ = sign(after, {"sub": "ada", "exp": 4_000_000_000})
    assert (await service.authenticate(token)).name == "ada"
