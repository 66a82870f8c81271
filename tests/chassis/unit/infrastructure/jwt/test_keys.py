from pathlib import Path

import pytest

from chassis.application.errors import Unauthorized, Unavailable
from chassis.infrastructure.jwt import keys as module
from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
from chassis.infrastructure.jwt.key import KeyRefused
from chassis.infrastructure.jwt.keys import FileKeys, read_jwks
from tests.chassis.unit.infrastructure.jwt.signing import ED25519, P256, RSA, jwk, jwks, token
from tests.unit.support import ManualTime


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    manual = ManualTime()
    monkeypatch.setattr(module, "time", manual)
    return manual


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(jwk(RSA, "RS256", kid="old")))
    return path


def replace(file: Path, text: bytes) -> None:
    """Replace it as careful programs do: there is never half of it."""
    new = file.with_suffix(".new")
    new.write_bytes(text)
    new.replace(file)


def remove(file: Path) -> None:
    file.unlink()


async def test_keys_are_found_by_name_and_all_where_a_token_names_none(file: Path) -> None:
    replace(file, jwks(jwk(RSA, "RS256", kid="a"), jwk(P256, "ES256", kid="b")))
    keys = FileKeys(file)

    assert [key.id for key in await keys.find("b")] == ["b"]
    assert [key.id for key in await keys.find(None)] == ["a", "b"]
    assert list(await keys.find("c")) == []


async def test_a_new_file_takes_the_old_ones_place(file: Path, time: ManualTime) -> None:
    verifying = JwtAuthenticator(FileKeys(file), admin_scope="orders:admin")
    old, new = token(RSA, "RS256", kid="old"), token(ED25519, "EdDSA", kid="new")
    await verifying.authenticate(old)
    with pytest.raises(Unauthorized):
        await verifying.authenticate(new)

    replace(file, jwks(jwk(ED25519, "EdDSA", kid="new")))
    time.now += module.POLL_INTERVAL + 0.1

    assert (await verifying.authenticate(new)).name == "ada"
    # It had been accepted, and is remembered no longer than its key.
    with pytest.raises(Unauthorized):
        await verifying.authenticate(old)


async def test_a_file_that_cannot_be_used_leaves_the_old_keys(
    file: Path, time: ManualTime, caplog: pytest.LogCaptureFixture
) -> None:
    keys = FileKeys(file)
    assert await keys.find("old")
    for wrong in (b"", b'{"keys": []}'):
        replace(file, wrong)
        time.now += module.POLL_INTERVAL + 0.1
        assert await keys.find("old")
    remove(file)
    time.now += module.POLL_INTERVAL + 0.1
    assert await keys.find("old")
    assert [record.message for record in caplog.records] == ["keys not renewed"] * 3


async def test_a_file_that_was_never_there_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="AUTH_JWKS_FILE cannot be used: No such file"):
        await FileKeys(tmp_path / "none").find(None)


@pytest.mark.parametrize(
    "text", (b"", b"[]", b'{"keys": 7}', b'{"keys": [7]}', b"\xff", b'{"keys":' + b"[" * 100_000)
)
def test_what_is_no_jwks_is_refused(text: bytes) -> None:
    with pytest.raises(KeyRefused, match="no JSON such as"):
        read_jwks(text)


def test_keys_of_other_kinds_are_passed_over() -> None:
    text = jwks({"kty": "oct", "k": "eA"}, {"kty": "new"}, jwk(P256, "ES256", kid="b"))

    assert [key.id for key in read_jwks(text)] == ["b"]


async def test_a_token_of_one_key_does_not_fit_another_of_its_kind(file: Path) -> None:
    verifying = JwtAuthenticator(FileKeys(file), admin_scope="orders:admin")

    with pytest.raises(Unauthorized):
        await verifying.authenticate(token(P256, "ES256", kid="old"))
