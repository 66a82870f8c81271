"""TLS for real: a certificate, one that is renewed while it serves, and clients' own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from app.application.bus import Bus
from app.interfaces.serving.errors import StartError
from app.interfaces.serving.tls import Tls
from tests.integration.grpc.certificates import Authority, Pair
from tests.integration.grpc.serving import Client, Failed, started


@asynccontextmanager
async def secured(
    port: int, authority: Authority, own: Pair | None = None
) -> AsyncIterator[Client]:
    credentials = grpc.ssl_channel_credentials(
        authority.certificate, own.key if own else None, own.certificate if own else None
    )
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options) as channel:
        yield Client(channel)


async def code_of(client: Client) -> grpc.StatusCode:
    with pytest.raises(Failed) as caught:
        await client.ask("List")
    return caught.value.code


async def served(port: int) -> str:
    """Return the name in the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    [name] = x509.load_der_x509_certificate(shown).subject.get_attributes_for_oid(
        NameOID.COMMON_NAME
    )
    return str(name.value)


async def test_serves_over_tls_and_not_in_plain_text(tmp_path: Path) -> None:
    authority = Authority()
    tls = Tls(*authority.pair("first").write(tmp_path))
    async with started(Bus({}), tls) as server:
        async with secured(server.port, authority) as client:
            assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            assert await code_of(Client(channel)) is grpc.StatusCode.UNAVAILABLE


async def test_a_renewed_certificate_is_shown_to_those_who_come(tmp_path: Path) -> None:
    authority = Authority()
    tls = Tls(*authority.pair("first").write(tmp_path))
    async with started(Bus({}), tls) as server, secured(server.port, authority) as client:
        assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        assert await served(server.port) == "first"

        (tmp_path / "certificate.pem").write_text("half of i")
        await asyncio.sleep(1.1)
        assert await served(server.port) == "first"

        authority.pair("second").write(tmp_path)
        async with asyncio.timeout(10):
            while await served(server.port) != "second":
                await asyncio.sleep(0.1)
        # Whoever is connected stays so.
        assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        async with secured(server.port, authority) as other:
            assert await code_of(other) is grpc.StatusCode.UNIMPLEMENTED


async def test_clients_show_a_certificate_where_they_are_asked_for_one(tmp_path: Path) -> None:
    authority, strange = Authority(), Authority()
    client_ca = tmp_path / "ca.pem"
    client_ca.write_bytes(authority.certificate)
    tls = Tls(*authority.pair("first").write(tmp_path), client_ca)
    async with started(Bus({}), tls) as server:
        async with secured(server.port, authority, authority.pair("a client")) as client:
            assert await code_of(client) is grpc.StatusCode.UNIMPLEMENTED
        for own in (None, strange.pair("a stranger")):
            async with secured(server.port, authority, own) as client:
                assert await code_of(client) is grpc.StatusCode.UNAVAILABLE


async def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    certificate, key = Authority().pair("first").write(tmp_path)
    key.write_bytes(Authority().pair("other").key)

    with pytest.raises(StartError, match="belong together"):
        async with started(Bus({}), Tls(certificate, key)):
            pass
