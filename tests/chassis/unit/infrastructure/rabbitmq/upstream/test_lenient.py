import struct
from datetime import UTC, datetime

import pytest
from pamqp.commands import Basic
from pamqp.encode import field_table
from pamqp.frame import marshal, unmarshal
from pamqp.header import ContentHeader

from chassis.infrastructure.rabbitmq.upstream.lenient import read_leniently

HEADERS, MESSAGE_ID, TIMESTAMP = 1 << 13, 1 << 7, 1 << 6
TIME = datetime(2026, 1, 1, tzinfo=UTC)

read_leniently()


def read(flags: int, fields: bytes) -> Basic.Properties:
    """Return the properties that the client reads from these bytes."""
    content = struct.pack(">HHQH", 60, 0, 0, flags) + fields
    frame = struct.pack(">BHI", 2, 1, len(content)) + content + b"\xce"
    header = unmarshal(frame)[2]
    assert isinstance(header, ContentHeader)
    return header.properties


def test_what_can_be_read_is_read_as_before() -> None:
    properties = Basic.Properties(message_id="\u0436", headers={"n": [1]}, timestamp=TIME)

    (_, _, header) = unmarshal(marshal(ContentHeader(properties=properties), 1))

    assert isinstance(header, ContentHeader)
    assert header.properties == properties


@pytest.mark.parametrize(
    ("text", "expected"), ((b"a\xffb", r"a\xffb"), (b"\xff" * 255, r"\xff" * 255))
)
def test_bytes_that_are_no_text_are_escaped_and_what_follows_is_read(
    text: bytes, expected: str
) -> None:
    fields = bytes((len(text),)) + text + struct.pack(">Q", int(TIME.timestamp()))

    properties = read(MESSAGE_ID | TIMESTAMP, fields)

    assert (properties.message_id, properties.timestamp) == (expected, TIME)


@pytest.mark.parametrize("time", (2**64 - 1, 10**18))
def test_a_time_that_does_not_exist_is_none(time: int) -> None:
    assert read(TIMESTAMP, struct.pack(">Q", time)).timestamp is None


def test_headers_of_which_one_cannot_be_read_are_left_out_and_what_follows_is_read() -> None:
    readable = field_table({"kept": 1})
    fields = readable[4:] + b"\x01\xffV"
    table = struct.pack(">I", len(fields)) + fields

    properties = read(HEADERS | MESSAGE_ID, table + b"\x011")

    assert (properties.headers, properties.message_id) == ({}, "1")
    assert read(HEADERS, readable).headers == {"kept": 1}
