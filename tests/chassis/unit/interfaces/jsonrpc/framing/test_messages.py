"""Messages that the transport keeps apart by itself."""

from chassis.interfaces.jsonrpc.framing.messages import Messages


def test_each_datum_is_one_message() -> None:
    messages = Messages(10)
    assert messages.feed(b"{\n}") == [b"{\n}"]
    assert messages.feed(b"[1]") == [b"[1]"]
    assert not messages.has_begun
    assert messages.rest() == b""


def test_a_blank_one_is_none() -> None:
    assert Messages(10).feed(b" \n") == []


def test_one_over_the_limit_is_the_last() -> None:
    messages = Messages(3)
    assert messages.feed(b"123") == [b"123"]
    assert messages.feed(b"1234") == []
    assert messages.is_too_long
    assert messages.feed(b"123") == []


def test_messages_are_written_one_by_one() -> None:
    assert Messages(9).join([b"1", b"2"]) == [b"1", b"2"]
