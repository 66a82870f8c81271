"""Against a real HTTP server: what fetches is a library, and how it fails is its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chassis.application.errors import Unavailable
from chassis.infrastructure.jwt import url_keys as module
from chassis.infrastructure.jwt.url_keys import UrlKeys
from tests.chassis.unit.infrastructure.jwt.signing import ED25519, RSA, jwk, jwks
from tests.unit.support import ManualTime

OLD = jwks(jwk(RSA, "RS256", kid="old"))
NEW = jwks(jwk(RSA, "RS256", kid="old"), jwk(ED25519, "EdDSA", kid="new"))


class Issuer:
    """Answers every request with `status` and `body`, after `delay` seconds."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.body = OLD
        self.delay = 0.0
        self.asked = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await asyncio.sleep(self.delay)
        head = f"HTTP/1.1 {self.status}\r\nlocation: /\r\ncontent-length: {len(self.body)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n".encode() + self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    manual = ManualTime()
    monkeypatch.setattr(module, "time", manual)
    return manual


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    async with issuer.running():
        yield issuer


async def test_keys_are_fetched_once_for_all_who_ask(issuer: Issuer) -> None:
    issuer.delay = 0.05
    keys = UrlKeys(issuer.url)

    found = await asyncio.gather(*(keys.find("old") for _ in range(20)))

    assert all([key.id for key in each] == ["old"] for each in found)
    assert issuer.asked == 1


async def test_a_new_name_has_them_fetched_again_but_not_at_every_token(
    issuer: Issuer, time: ManualTime
) -> None:
    keys = UrlKeys(issuer.url)
    await keys.find("old")
    issuer.body = NEW

    assert list(await keys.find("new")) == []
    time.now += module.PAUSE + 1
    assert [key.id for key in await keys.find("new")] == ["new"]
    assert keys.version == 2
    for number in range(20):
        assert list(await keys.find(f"unknown-{number}")) == []
    assert issuer.asked == 2


async def test_old_keys_are_fetched_anew_and_stay_where_that_fails(
    issuer: Issuer, time: ManualTime
) -> None:
    keys = UrlKeys(issuer.url)
    await keys.find("old")
    issuer.status = "500 Internal Server Error"
    time.now += module.FRESH + 1

    assert [key.id for key in await keys.find("old")] == ["old"]
    assert issuer.asked == 2
    time.now += module.STALE
    with pytest.raises(Unavailable, match="AUTH_JWKS_URL cannot be fetched"):
        await keys.find("old")


@pytest.mark.parametrize(
    ("status", "body"),
    (
        ("404 Not Found", OLD),
        ("302 Found", OLD),
        ("200 OK", b"<html>"),
        ("200 OK", b'{"keys": []}'),
        ("200 OK", b" " * (module.MOST_BYTES + 1)),
    ),
    ids=("missing", "elsewhere", "page", "none", "large"),
)
async def test_what_is_no_set_of_keys_is_an_outage(
    issuer: Issuer, status: str, body: bytes
) -> None:
    issuer.status, issuer.body = status, body

    with pytest.raises(Unavailable):
        await UrlKeys(issuer.url).find("old")


async def test_an_issuer_that_does_not_answer_is_an_outage(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    issuer.delay = 0.5
    with pytest.raises(Unavailable):
        await UrlKeys(issuer.url).find("old")
    with pytest.raises(Unavailable):
        await UrlKeys("http://127.0.0.1:1/").find("old")
