import os
from typing import Any

import pytest
from iroh import iroh_ffi

from chassis.interfaces.p2p.upstream import buffers

BUILDER: Any = iroh_ffi._UniffiRustBufferBuilder
BYTES: Any = iroh_ffi._UniffiFfiConverterBytes


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    # Put back afterwards.
    monkeypatch.setattr(BUILDER, "write", BUILDER.write)
    buffers.write_at_once()


@pytest.mark.parametrize("size", (0, 1, 11, 12, 13, 4096, 70_000))
def test_the_bytes_are_the_same(size: int) -> None:
    data = os.urandom(size)
    lowered = BYTES.lower(data)
    try:
        assert lowered.data[: lowered.len] == size.to_bytes(4) + data
    finally:
        lowered.free()


def test_all_bytes_of_a_write_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = BUILDER.write

    def recorded(builder: Any, data: bytes) -> None:
        written.append(data)
        write(builder, data)

    monkeypatch.setattr(BUILDER, "write", recorded)
    BYTES.lower(b"some bytes").free()
    assert written == [b"some bytes"]
