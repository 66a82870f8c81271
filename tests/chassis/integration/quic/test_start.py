import socket

import pytest

from tests.chassis.integration.quic.serving import serving


async def test_it_starts_where_the_system_refuses_a_large_buffer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setting = socket.socket.setsockopt

    def refuse(self: socket.socket, level: int, name: int, value: int) -> None:
        if name == socket.SO_RCVBUF:
            raise OSError(55, "No buffer space available")
        setting(self, level, name, value)

    monkeypatch.setattr(socket.socket, "setsockopt", refuse)
    async with serving() as server:
        assert server.port
