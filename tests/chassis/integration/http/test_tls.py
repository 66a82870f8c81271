"""Real handshakes with the http server."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chassis.interfaces.serving import tls as module
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.server import WebServer
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority, Files
from tests.unit.support import RecordingMetrics


async def application(scope, receive, send):  # type: ignore[no-untyped-def]  # any ASGI application
    """Answer with the scheme."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def serving(tls: Tls, meter: Meter | None = None, **limits: float) -> AsyncIterator[int]:
    bounds = Limits(**limits)  # type: ignore[arg-type]  # all are times
    server = WebServer("http", application, "127.0.0.1", 0, bounds, tls, meter)
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop(5)


def trusting(authority: Authority, files: Files | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.file)
    if files is not None:
        context.load_cert_chain(*files)
    return context


async def get(port: int, context: ssl.SSLContext) -> str:
    async with httpx.AsyncClient(verify=context) as http:
        return (await http.get(f"https://127.0.0.1:{port}/")).text


async def serial_number(port: int, context: ssl.SSLContext) -> str:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    told = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    number: str = told["serialNumber"]
    return number


async def test_it_answers_over_tls_alone(authority: Authority) -> None:
    async with serving(Tls(*authority.sign("service"))) as port:
        assert await get(port, trusting(authority)) == "https"
        async with httpx.AsyncClient() as http:
            with pytest.raises(httpx.TransportError):
                await http.get(f"http://127.0.0.1:{port}/")


async def test_a_client_has_to_show_a_certificate_where_it_is_asked(
    authority: Authority, tmp_path: Path
) -> None:
    known = authority.sign("client")
    stranger = Authority(tmp_path, "stranger").sign("stranger")
    async with serving(Tls(*authority.sign("service"), authority.file)) as port:
        assert await get(port, trusting(authority, known)) == "https"
        for context in (trusting(authority), trusting(authority, stranger)):
            with pytest.raises(httpx.TransportError):
                await get(port, context)


async def test_a_renewed_certificate_is_shown_to_whoever_comes(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_INTERVAL", 0.0)
    async with serving(Tls(*authority.sign("service"))) as port:
        context = trusting(authority)
        first = await serial_number(port, context)
        authority.sign("service")
        async with asyncio.timeout(10):
            while await serial_number(port, context) == first:
                await asyncio.sleep(0.1)


async def test_whoever_does_not_finish_the_handshake_is_cut_off(authority: Authority) -> None:
    metrics = RecordingMetrics()
    meter = Meter(metrics, "http")
    async with serving(Tls(*authority.sign("service")), meter, handshake_timeout=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
    assert metrics.counters["connections_refused:http:handshake"] == 1


async def test_a_certificate_that_cannot_be_used_keeps_it_from_starting(
    authority: Authority,
) -> None:
    files = authority.sign("service")
    files.private_key.write_text("nonsense")

    with pytest.raises(StartError, match="TLS_CERTIFICATE and TLS_PRIVATE_KEY cannot be used"):
        async with serving(Tls(*files)):
            pass
