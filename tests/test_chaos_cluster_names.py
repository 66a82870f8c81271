import asyncio

import pytest

from tests.chaos.cluster.names import Names

PATIENCE = 20.0
NAMES = Names({"one": 25_001, "two": 31_000})

# That a node lives: its port, its kind, the newest version that it speaks, the oldest, its name.
NEW = bytes.fromhex("78 61a9 4d 00 0006 0005 0003") + b"one" + bytes(2)
OLD = bytes.fromhex("78 61a9 4d 00 0005 0005 0003") + b"one" + bytes(2)


@pytest.mark.parametrize(("name", "port"), [(b"one", "61a9"), (b"two", "7918")])
def test_a_known_name_is_told_with_its_port(name: bytes, port: str) -> None:
    told = bytes.fromhex(f"77 00 {port} 4d 00 0006 0005 0003") + name + bytes(2)
    assert NAMES.answer(b"z" + name) == told


def test_an_unknown_name_is_told_so() -> None:
    assert NAMES.answer(b"zthree") == bytes([119, 1])


def test_each_life_of_a_node_is_another() -> None:
    lives = {NAMES.answer(NEW) for _ in range(50)}
    assert len(lives) > 1
    assert {(life[:2], len(life)) for life in lives} == {(bytes([118, 0]), 6)}


def test_an_old_node_gets_a_shorter_answer() -> None:
    life = NAMES.answer(OLD)
    assert (life[:2], len(life)) == (bytes([121, 0]), 4)


def test_no_name_is_taken() -> None:
    assert NAMES.answer(b"n") == NAMES.port.to_bytes(4)


def test_a_node_keeps_its_connection_and_a_question_does_not() -> None:
    async def scene() -> None:
        async with NAMES:
            reader, writer = await asyncio.open_connection("127.0.0.1", NAMES.port)
            writer.write(len(NEW).to_bytes(2) + NEW)
            assert (await reader.readexactly(6))[:1] == b"v"
            asking, question = await asyncio.open_connection("127.0.0.1", NAMES.port)
            question.write(b"\x00\x04zone")
            assert (await asking.read())[:2] == b"w\x00"
            assert not reader.at_eof()
            writer.write_eof()
            assert await reader.read() == b""
            for each in (writer, question):
                each.close()

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
