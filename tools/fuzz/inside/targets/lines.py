"""Lines: however the bytes come, they are cut at newlines, and what is too long ends it all."""

from itertools import cycle

from chassis.interfaces.jsonrpc.framing.lines import Lines

SEEDS = [b"\x08\x03{}\n[1]\r\n\n  \n1", b"\x03\x01123\n1234\r\n12345\n1", b"\x20\xff" + 80 * b"x"]
WORDS = [b"\n", b"\r\n", b"\n\n", b"\r", b" \n"]


def check(data: bytes) -> None:
    """The first byte is the limit, the second tells how much comes at a time."""
    if len(data) < 2:
        return
    limit, sizes, whole = data[0] % 64 + 1, (data[1] & 15, data[1] >> 4), data[2:]
    lines = Lines(limit)
    found: list[bytes] = []
    begin = 0
    for size in cycle(sizes):
        found += lines.feed(whole[begin : begin + size])
        begin += size
        if begin >= len(whole) or not any(sizes):
            break
    found += lines.feed(whole[begin:])
    expected, rest, is_too_long = _cut(whole, limit)
    assert found == expected, (found, expected)
    assert lines.is_too_long is is_too_long
    assert lines.has_begun is bool(rest)
    kept = lines.rest()
    assert kept == rest, (kept, rest)
    assert len(kept) <= limit + 1, "more is kept than the longest line has"


def _cut(whole: bytes, limit: int) -> tuple[list[bytes], bytes, bool]:
    found = []
    *lines, rest = whole.split(b"\n")
    for line in lines:
        if len(line.removesuffix(b"\r")) > limit:
            return found, b"", True
        if len(line) > 1 or line.strip():
            found.append(line)
    if len(rest) > limit + 1:
        return found, b"", True
    return found, rest, False
