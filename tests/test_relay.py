import json

from benchmarks.events import KINDS
from benchmarks.relay import AT_ONCE, COLUMNS, row


def test_a_row_is_what_the_service_would_have_written() -> None:
    found = dict(zip(COLUMNS, row(1), strict=True))

    assert found["routing_key"] == f"notification.{KINDS[1]}.user-1"
    assert found["due_at"] == AT_ONCE
    body = found["body"]
    assert isinstance(body, bytes)
    event = json.loads(body)
    assert (event["subject"], event["data"]["action_type"]) == ("user-1", KINDS[1])
