"""No secret of a setting is told: not by a command, nor by a service to its callers or its log."""

import asyncio
import json
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from chassis.bootstrap import discovery
from tests.chassis.conformance.conftest import driver_of, driver_settings
from tests.chassis.conformance.driver import Failed
from tests.e2e.process import Process, run, serving
from tests.free_ports import FREE_PORTS

MARK = "s3cr3t"
# Nothing listens there.
AWAY = "127.0.0.1:1"
# A user without a password is a token.
JWKS = f"http://{MARK}-token@{AWAY}/jwks.json?key={MARK}-query"
SERVERS = {
    "DATABASE_URL": f"postgresql+asyncpg://ada:{MARK}-a@{AWAY}/app?sslpassword={MARK}-b",
    "BROKER_URL": f"amqp://ada:{MARK}%2Fc@{AWAY}/?password={MARK}-d",
    "CACHE_URL": f"redis://ada:{MARK}-e@{AWAY}/0?password={MARK}-f",
    "AUTH": "jwt",
    "AUTH_JWKS_URL": JWKS,
    "AUTH_TOKEN": f"{MARK}-g",
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://ada:{MARK}-h@{AWAY}/?key={MARK}-i",
    "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{MARK}-j",
}
# Settings that make the libraries, or our own reading of them, fail over the value itself.
MALFORMED = {
    "DATABASE_URL": (
        f"postgresql+asyncpg://ada:{MARK}@host:{MARK}/app",
        f"postgresql+asyncpg://ada:{MARK}@{AWAY}/app?sslmode={MARK}",
        f"postgresql+asyncpg://ada:{MARK}@{AWAY}/app?ssl={MARK}",
        f"sqlite+aiosqlite://{MARK}@host/app.db",
        f"mysql://ada:{MARK}@host",
        MARK,
    ),
    "BROKER_URL": (f"amqp://ada:{MARK}@host:{MARK}/", f"amqp://{MARK}:{MARK}@[::1/", MARK),
    "CACHE_URL": (f"redis://:{MARK}@host:{MARK}", f"redis://h/0?socket_timeout={MARK}", MARK),
    "AUTH_JWKS_URL": (
        f"https://ada:{MARK}@host:{MARK}/",
        f"https://ada:{MARK}@h\u2100st/",
        f"https://ada:{MARK}@[::1/",
        MARK,
    ),
    "AUTH_JWT_KEY": (MARK, f"-----BEGIN PUBLIC KEY-----{MARK}"),
    "OTEL_EXPORTER_OTLP_ENDPOINT": (f"ftp://ada:{MARK}@host", MARK),
    "OTEL_TRACES_SAMPLER_ARG": (MARK,),
    "RETRY_DELAYS": (MARK,),
    "OPS_PORT": (MARK,),
} | ({"P2P_KEY": (MARK,)} if "p2p" in discovery.server_names() else {})
COMMANDS = (
    ("serve",),
    ("doctor",),
    ("doctor", "--json"),
    ("describe",),
    ("describe", "--json"),
    ("migrate",),
    ("migrate", "--check"),
    ("dead-letters", "list"),
    ("dead-letters", "show", "1", "--unrouted"),
    ("dead-letters", "replay", "--all"),
    ("journal", "new-epoch"),
    ("send", "ada", "greeted"),
    ("send", "ada", "greeted", "--via", f"http://ada:{MARK}@{AWAY}/?key={MARK}"),
    ("send", "ada", "greeted", "--via", f"grpc://ada:{MARK}@{AWAY}"),
    ("tail", "--via", f"ws://ada:{MARK}@{AWAY}/?key={MARK}"),
    ("tail", "--via", f"tcp://ada:{MARK}@{AWAY}"),
    ("token",),
    ("export", "openapi"),
)


def untold(ended: CompletedProcess[str]) -> str:
    """Return what a command printed, once it is sure that no secret is in it."""
    said = ended.stdout + ended.stderr
    assert MARK not in said, said
    return said


def test_a_command_whose_servers_are_away(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for arguments in COMMANDS:
        with subtests.test(command=" ".join(arguments)):
            # Says all that it says without, and more.
            ended = run(tmp_path, *arguments, "--debug", **FREE_PORTS | SERVERS)
            assert untold(ended)


@pytest.mark.parametrize("command", ("doctor", "serve"))
def test_a_setting_that_cannot_be_read(
    tmp_path: Path, command: str, subtests: pytest.Subtests
) -> None:
    for name, values in MALFORMED.items():
        for value in values:
            with subtests.test(name=name, value=value):
                settings = {"AUTH": "jwt"} if name.startswith("AUTH") else {}
                ended = run(tmp_path, command, "--debug", **FREE_PORTS | settings | {name: value})
                assert ended.returncode in (1, 2), ended
                assert name in untold(ended)


async def test_a_service_whose_servers_are_away(tmp_path: Path) -> None:
    settings = SERVERS | {"DATABASE_URL": "sqlite+aiosqlite:///var/app.db", "LOG_LEVEL": "DEBUG"}
    settings |= driver_settings()
    async with serving(tmp_path, **settings) as process:
        told = [await ops(process, page) for page in ("livez", "readyz", "metrics")]
        for transport in discovery.server_names():
            told.append(await refusal(transport, process.ports[transport]))
        told.append(await ops(process, "readyz"))
        # Events that wait for the broker name it again.
        await asyncio.sleep(1)
    told.append(json.dumps(process.logs))

    assert AWAY in told[-1]
    assert [text for text in told if MARK in text] == []


async def ops(process: Process, page: str) -> str:
    """Return a page of the ops port, with its headers."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{process.ops}/{page}", timeout=10)
    return f"{answer.headers} {answer.text}"


async def refusal(transport: str, port: int) -> str:
    """Return what a caller hears whose token cannot be verified."""
    with pytest.raises(Failed) as caught:
        async with driver_of(transport).connected(port, "a.b.c") as caller:
            await caller.list()
    assert caught.value.kind in ("unavailable", "unauthorized")
    return str(caught.value)
