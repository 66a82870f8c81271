from aio_pika import Message

from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing


def test_what_is_encoded_stays_as_it_is() -> None:
    encoded = Encoded("1", b"\0\0", b"body")

    outgoing = Outgoing("", "queue", encoded)

    assert outgoing.encoded() is encoded
    assert outgoing.message_id == "1"


def test_a_message_keeps_its_id() -> None:
    message = Message(b"body", message_id="1")

    encoded = Outgoing("", "queue", message).encoded()

    assert encoded == Encoded("1", message.properties.marshal(), b"body")


def test_a_message_without_an_id_gets_one_of_its_own_on_its_way() -> None:
    message = Message(b"body")

    first, second = (Outgoing("", "queue", message).encoded() for _ in range(2))

    assert first.id.encode() in first.properties
    assert first.id != second.id
    assert message.message_id is None
