"""Passing bytes to the library in one copy.

Its generated bindings copy each byte in a loop of Python. For a message of 1 MiB, the event loop
stands still for 150 ms. A single copy takes 0.4 ms. The loop is in
`iroh_ffi._UniffiRustBufferBuilder.write` (the chassis's `test_buffers` fails if it no longer is).
"""

import ctypes
from typing import Any

from iroh import iroh_ffi


def write_at_once() -> None:
    """Let the library copy so, in the whole process."""
    builder: Any = iroh_ffi._UniffiRustBufferBuilder
    builder.write = _write


def _write(builder: Any, data: bytes) -> None:
    with builder._reserve(len(data)):
        buffer = builder.rbuf
        end = ctypes.addressof(buffer.data.contents) + buffer.len
        ctypes.memmove(end, bytes(data), len(data))
