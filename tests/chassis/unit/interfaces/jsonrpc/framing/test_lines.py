from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from chassis.interfaces.jsonrpc.framing.lines import Lines


@given(st.lists(st.binary(max_size=12)), st.lists(st.integers(0, 40)))
def test_however_the_bytes_are_cut_the_lines_are_the_same(
    parts: list[bytes], cuts: list[int]
) -> None:
    whole = b"\n".join(parts)
    lines = Lines(100)
    found: list[bytes] = []
    begin = 0
    for size in cuts:
        found += lines.feed(whole[begin : begin + size])
        begin += size
    found += lines.feed(whole[begin:])
    *expected, rest = whole.split(b"\n")

    assert found == [line for line in expected if line.strip() or len(line) > 1]
    assert lines.has_begun is bool(rest)
    assert lines.rest() == rest
    assert not lines.is_too_long


@given(st.lists(st.sampled_from((b"a", b"b" * 5, b"\n", b"\r", b"\r\n", b" "))), st.integers(1, 6))
def test_whatever_comes_no_line_and_nothing_kept_is_longer_than_the_limit(
    parts: list[bytes], limit: int
) -> None:
    lines = Lines(limit)
    found = [line for part in parts for line in lines.feed(part)]
    *whole, rest = b"".join(parts).split(b"\n")
    before = takewhile(lambda line: len(line.removesuffix(b"\r")) <= limit, whole)
    good = list(before)

    assert found == [line for line in good if line.strip() or len(line) > 1]
    assert lines.is_too_long is (len(good) < len(whole) or len(rest) > limit + 1)
    assert lines.rest() == (b"" if lines.is_too_long else rest)


def test_blank_lines_are_passed_over() -> None:
    assert Lines(10).feed(b"\n\r\n1\r\n\n") == [b"1\r"]


def test_a_line_may_be_as_long_as_the_limit() -> None:
    lines = Lines(4)
    assert lines.feed(b"1234\n1234\r\n") == [b"1234", b"1234\r"]
    assert not lines.is_too_long
    assert lines.feed(b"12345\n") == []
    assert lines.is_too_long


def test_what_came_before_a_line_that_is_too_long_is_given_out() -> None:
    lines = Lines(4)
    assert lines.feed(b"1\n123456\n2\n") == [b"1"]
    assert lines.is_too_long
    assert lines.feed(b"3\n") == []


def test_a_line_that_never_ends_is_too_long_before_it_is_whole() -> None:
    lines = Lines(10)
    for _ in range(20):
        assert lines.feed(b"x") == []
    assert lines.is_too_long
    assert lines.rest() == b""
