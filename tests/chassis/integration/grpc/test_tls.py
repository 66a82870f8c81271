"""TLS for real: a certificate, one that is renewed while it serves, and clients' own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest

from chassis.application.bus import Bus
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority, Files
from tests.integration.grpc.serving import Client, Failed, started


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def secured(
    port: int, authority: Authority, own: Files | None = None
) -> AsyncIterator[Client]:
    credentials = grpc.ssl_channel_credentials(
        authority.file.read_bytes(),
        own.private_key.read_bytes() if own else None,
        own.certificate.read_bytes() if own else None,
    )
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        yield Client(channel)


async def code_of(client: Client) -> grpc.StatusCode:
    with pytest.raises(Failed) as caught:
        await client.ask("List")
    return caught.value.code


async def serial_number(port: int, authority: Authority) -> str:
    """Return that of the certificate which a new connection is shown."""
    context = ssl.create_default_context(cafile=authority.file)
    context.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    told = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    number: str = told["serialNumber"]
    return number


async def test_serves_over_tls_and_not_in_plain_text(authority: Authority) -> None:
    tls = Tls(*authority.sign("server"))
    async with started(Bus({}), tls) as server:
        async with secured(server.port, authority) as client:
            assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            assert await code_of(Client(channel)) is grpc.StatusCode.UNAVAILABLE


async def test_a_renewed_certificate_is_shown_to_those_who_come(authority: Authority) -> None:
    files = authority.sign("server")
    async with (
        started(Bus({}), Tls(*files)) as server,
        secured(server.port, authority) as client,
    ):
        assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        before = await serial_number(server.port, authority)

        files.certificate.write_text("half of i")
        await asyncio.sleep(1.1)
        assert await serial_number(server.port, authority) == before

        authority.sign("server")
        async with asyncio.timeout(10):
            while await serial_number(server.port, authority) == before:
                await asyncio.sleep(0.1)
        # Connected clients stay connected.
        assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        async with secured(server.port, authority) as other:
            assert await code_of(other) is grpc.StatusCode.UNIMPLEMENTED


async def test_clients_show_a_certificate_where_they_are_asked_for_one(
    authority: Authority, tmp_path: Path
) -> None:
    strange = Authority(tmp_path, "strange")
    tls = Tls(*authority.sign("server"), authority.file)
    async with started(Bus({}), tls) as server:
        async with secured(server.port, authority, authority.sign("client")) as client:
            assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        for own in (None, strange.sign("stranger")):
            async with secured(server.port, authority, own) as client:
                assert await code_of(client) is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_that_cannot_be_used_stops_the_start(authority: Authority) -> None:
    certificate, _ = authority.sign("server")
    _, key = authority.sign("other")

    with pytest.raises(StartError, match="belong together"):
        async with started(Bus({}), Tls(certificate, key)):
            pass
