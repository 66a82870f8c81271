"""The quic server as an operator and a client have it: the commands, its certificate, SIGTERM."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.chassis.certificates import Authority
from tests.chassis.conformance.conftest import driver_settings
from tests.chassis.conformance.driver import Disconnected, Failed
from tests.chassis.conformance.drivers.quic import Driver
from tests.e2e.process import all_listed, run, serving


@pytest.mark.parametrize(
    ("url", "code", "said"),
    (
        ("quic://127.0.0.1:1", 1, "quic://127.0.0.1:1 does not answer"),
        ("quic://127.0.0.1:port", 2, "is no URL such as quic://127.0.0.1:4433"),
        ("quics://127.0.0.1:4433", 2, "--via takes the URL of a running service"),
    ),
)
def test_send_tells_where_nobody_is(tmp_path: Path, url: str, code: int, said: str) -> None:
    sent = run(tmp_path, "send", "ada", "greeted", "--via", url)
    assert sent.returncode == code, sent
    assert said in sent.stderr
    assert sent.stderr.count("\n") == 1


async def test_send_trusts_the_own_certificate_or_a_pinned_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        command = ("send", "ada", "greeted", "--via", f"quic://127.0.0.1:{process.ports['quic']}")
        own = await asyncio.to_thread(run, tmp_path, *command)
        assert own.returncode == 0, own
        (elsewhere := tmp_path / "elsewhere").mkdir()
        doubtful = await asyncio.to_thread(run, elsewhere, *command)
        assert doubtful.returncode == 1
        assert "self-signed certificate" in doubtful.stderr
        [told] = [line for line in process.logs if line["event"] == "self-signed certificate"]
        for spelt in (told["sha256"], told["sha256"].upper()):
            pinned = await asyncio.to_thread(run, elsewhere, *command, QUIC_FINGERPRINT=spelt)
            assert pinned.returncode == 0, pinned
        wrong = await asyncio.to_thread(run, elsewhere, *command, QUIC_FINGERPRINT="00" * 32)
        assert wrong.returncode == 1
        assert "its certificate is another one" in wrong.stderr
    assert (tmp_path / "var" / "quic.pem").stat().st_mode & 0o777 == 0o600


async def test_the_certificate_stays_over_restarts_and_doctor_shows_it(tmp_path: Path) -> None:
    prints = set()
    for _ in range(2):
        async with serving(tmp_path) as process:
            [told] = [line for line in process.logs if line["event"] == "self-signed certificate"]
            prints.add(told["sha256"])
    examined = run(tmp_path, "doctor", "--json")
    findings = {each["about"]: each for each in json.loads(examined.stdout)}
    [sha256] = prints
    assert sha256 in findings["quic certificate"]["note"]
    assert findings["quic port"]["ok"]


async def test_doctor_finds_the_port_taken_and_another_certificate(tmp_path: Path) -> None:
    files = Authority(tmp_path).sign("server")
    own = {"TLS_CERTIFICATE": str(files.certificate), "TLS_PRIVATE_KEY": str(files.private_key)}
    (other := tmp_path / "other").mkdir()
    async with serving(other, **own) as process:
        port = str(process.ports["quic"])
        examined = await asyncio.to_thread(run, tmp_path, "doctor", "--json", QUIC_PORT=port, **own)
        sent = await asyncio.to_thread(
            run,
            tmp_path,
            *("send", "ada", "greeted", "--via", f"quic://127.0.0.1:{port}"),
            SSL_CERT_FILE=str(tmp_path / "authority.pem"),
        )
    findings = {each["about"]: each for each in json.loads(examined.stdout)}
    assert not findings["quic port"]["ok"]
    assert f"QUIC_PORT {port} on 127.0.0.1 is taken" in findings["quic port"]["advice"]
    assert sent.returncode == 0, sent
    assert not (other / "var" / "quic.pem").exists()


async def test_it_starts_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file in the place of the folder")
    database = f"sqlite+aiosqlite:///{tmp_path / 'app.db'}"
    async with serving(tmp_path, DATABASE_URL=database, **driver_settings()) as process:
        async with Driver.connected(process.ports["quic"]) as caller:
            await caller.list()
        assert any("cannot be kept" in line["event"] for line in process.logs)


async def test_a_drain_under_load_answers_all_that_it_accepted(tmp_path: Path) -> None:
    accepted: list[str] = []
    kinds: set[str] = set()

    async def call(port: int) -> None:
        async with Driver.connected(port) as driver:
            try:
                while True:
                    new = {"receiver": "ada", "action_type": "greeted"}
                    accepted.extend(await driver.register([new]))
            except Failed as failed:
                kinds.add(failed.kind)
            except Disconnected:
                return

    async with serving(tmp_path) as process:
        calling = [asyncio.create_task(call(process.ports["quic"])) for _ in range(8)]
        while len(accepted) < 200:
            await asyncio.sleep(0.01)
        process.signal(signal.SIGTERM)
        await asyncio.gather(*calling)
        assert await process.ended() == 0
        assert not any(line.get("level") == "error" for line in process.logs)
    assert kinds <= {"busy"}
    async with serving(tmp_path) as process:
        assert sorted(accepted) == sorted(await all_listed(process.url))
