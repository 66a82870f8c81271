"""Requests, replies and cancellations in AMQP."""

import pytest
from pamqp.commands import Basic

from chassis.application.ports.rpc import ReceivedCall, RpcRequest
from chassis.infrastructure.rabbitmq.outgoing import Encoded
from chassis.infrastructure.rabbitmq.rpc.messages import reply_message

# An id of 255 bytes that are no text, as the client reads it.
NO_TEXT = "\\xff" * 255
LONGEST = "a" * 255


@pytest.mark.parametrize(
    ("identity", "echoed"), (("7", "7"), (LONGEST, LONGEST), (NO_TEXT, NO_TEXT[:255]))
)
def test_a_reply_can_be_sent_whatever_the_clients_id_is(identity: str, echoed: str) -> None:
    request = RpcRequest(id=identity, job="Mirror", body=b"", within=1.0)

    outgoing = reply_message(ReceivedCall(3, request, "replies", False), b"body")

    assert isinstance(outgoing.message, Encoded)
    properties = Basic.Properties()
    flags, values = outgoing.message.properties[:2], outgoing.message.properties[2:]
    properties.unmarshal(int.from_bytes(flags), values)
    assert properties.correlation_id == echoed
