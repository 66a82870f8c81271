import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import pytest

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq import connection as module
from chassis.infrastructure.rabbitmq.connection import RabbitConnection

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def reason(url: str) -> str:
    connection = RabbitConnection(url, "tests")
    with pytest.raises(Unavailable) as caught:
        await connection.open_channel()
    await connection.close()
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def unused_port() -> int:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    return port


async def test_nothing_listens() -> None:
    port = unused_port()

    text = await reason(f"amqp://ada:s3cret@127.0.0.1:{port}/")

    assert text == f"RabbitMQ at 127.0.0.1:{port} refuses the connection: is it running?"


async def test_a_host_that_nobody_knows() -> None:
    text = await reason("amqp://ada:s3cret@no-such-host.invalid/")

    assert text == "RabbitMQ at no-such-host.invalid:5672: the host of BROKER_URL is not known"


@pytest.mark.parametrize("scheme", ("amqp", "amqps"))
async def test_a_server_that_says_nothing(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with serving(serve) as port:
        text = await reason(f"{scheme}://ada:s3cret@127.0.0.1:{port}/")

    assert text == f"RabbitMQ at 127.0.0.1:{port} does not answer"


async def test_a_server_of_another_kind() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with serving(serve) as port:
        text = await reason(f"amqp://ada:s3cret@127.0.0.1:{port}/")

    assert text.startswith(f"RabbitMQ at 127.0.0.1:{port}: ")


async def test_tls_where_there_is_none() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"AMQP\x00\x00\x09\x01")
        await reader.read()
        writer.close()

    async with serving(serve) as port:
        text = await reason(f"amqps://ada:s3cret@127.0.0.1:{port}/")

    assert "TLS failed" in text
    assert "amqps://" in text
