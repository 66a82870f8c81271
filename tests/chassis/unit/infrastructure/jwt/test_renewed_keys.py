import asyncio
from functools import partial
from pathlib import Path

import pytest

from chassis.application.errors import Unauthorized
from chassis.infrastructure.jwt import keys as module
from chassis.infrastructure.jwt.authenticator import JwtAuthenticator
from chassis.infrastructure.jwt.keys import RenewedKeys
from chassis.infrastructure.secrets import source
from chassis.infrastructure.secrets.source import SecretSource, read_secret_file
from tests.chassis.unit.infrastructure.jwt.signing import SECRET, token
from tests.unit.support import ManualTime

NEXT = "another-0123456789-abcdefghijklmnopqrstuv"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(source, "POLL_INTERVAL", 0)
    path = tmp_path / "key"
    path.write_text(SECRET)
    return path


def verifying(keys: RenewedKeys) -> JwtAuthenticator:
    return JwtAuthenticator(keys, admin_scope="orders:admin")


def of_file(path: Path) -> RenewedKeys:
    return RenewedKeys(SecretSource("AUTH_JWT_KEY_FILE", partial(read_secret_file, path), path))


async def test_a_rotation_refuses_no_token_of_either_key(file: Path) -> None:
    service = verifying(of_file(file))
    old, new = token(SECRET, "HS256"), token(NEXT, "HS256")
    await service.authenticate(old)
    with pytest.raises(Unauthorized):
        await service.authenticate(new)

    for text in (f"{SECRET}\n{NEXT}", f"{NEXT}\n{SECRET}"):
        await asyncio.to_thread(file.write_text, text)
        assert (await service.authenticate(old)).name == (await service.authenticate(new)).name

    await asyncio.to_thread(file.write_text, NEXT)
    await service.authenticate(new)
    # It had been accepted, and is remembered no longer than its key.
    with pytest.raises(Unauthorized):
        await service.authenticate(old)


@pytest.mark.parametrize("text", ("short", f"{NEXT}\nshort", ""))
async def test_keys_that_cannot_be_used_replace_none(
    file: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    service = verifying(of_file(file))

    await asyncio.to_thread(file.write_text, text)

    await service.authenticate(token(SECRET, "HS256"))
    assert caplog.records
    assert NEXT not in caplog.text


async def test_a_command_runs_again_each_minute_and_no_caller_waits(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = ManualTime()
    monkeypatch.setattr(module, "time", time)
    runs = 0

    def read() -> str:
        nonlocal runs
        runs += 1
        return read_secret_file(file)

    keys = RenewedKeys(SecretSource("AUTH_JWT_KEY_COMMAND", read))
    service = verifying(keys)
    await asyncio.to_thread(file.write_text, f"{SECRET}\n{NEXT}")
    for _ in range(3):
        await service.authenticate(token(SECRET, "HS256"))
    assert runs == 1

    time.now += module.COMMAND_INTERVAL + 1
    await service.authenticate(token(SECRET, "HS256"))
    async with asyncio.timeout(30):
        while runs < 2:
            await asyncio.sleep(0.01)

    await service.authenticate(token(NEXT, "HS256"))
