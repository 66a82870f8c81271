import socket

from app.interfaces.serving.listener import listen, take_waiting


def test_takes_who_has_connected_and_waits_for_nobody() -> None:
    with listen("http", "127.0.0.1", 0, 8) as listening:
        assert take_waiting(listening) == []
        address = listening.getsockname()
        with socket.create_connection(address) as one, socket.create_connection(address) as other:
            taken = take_waiting(listening)

            clients = {one.getsockname(), other.getsockname()}
            assert {each.getpeername() for each in taken} == clients
            assert take_waiting(listening) == []
        for each in taken:
            each.close()
