"""The document that `rpc.discover` gives."""

import re
from typing import Any

import pytest

from tests.unit.jsonrpc.talk import Talk


@pytest.fixture
async def document() -> dict[str, Any]:
    talk = Talk()
    talk.call("rpc.discover")
    [answer] = talk.told()
    found: dict[str, Any] = answer["result"]
    return found


def test_tells_of_all_methods(document: dict[str, Any]) -> None:
    assert document["openrpc"].startswith("1.3.")
    assert document["info"] == {"title": "A service", "version": "1.2.3"}
    assert [method["name"] for method in document["methods"]] == [
        "notifications.get",
        "notifications.list",
        "notifications.mark_seen",
        "notifications.register",
        "notifications.report",
        "notifications.subscribe",
        "notifications.unsubscribe",
        "rpc.discover",
        "session.authenticate",
    ]
    assert {method["paramStructure"] for method in document["methods"]} == {"by-name"}


def test_tells_of_parameters_and_which_are_required(document: dict[str, Any]) -> None:
    methods = {method["name"]: method for method in document["methods"]}
    register = {each["name"]: each for each in methods["notifications.register"]["params"]}

    assert register.keys() == {"notifications", "idempotency_key", "_meta"}
    assert register["notifications"]["required"]
    assert not register["idempotency_key"]["required"]
    assert register["notifications"]["schema"]["minItems"] == 1
    listed = methods["notifications.list"]["result"]["schema"]
    assert [each["$ref"].rpartition("/")[2] for each in listed["anyOf"]] == ["Page", "Slice"]


def test_tells_what_is_closed(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["NewNotification"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Notification"]


def test_tells_of_what_the_server_sends_unasked(document: dict[str, Any]) -> None:
    [event] = document["x-events"]
    assert event["name"] == "notifications.event"
    assert {each["name"] for each in event["params"] if each["required"]} == {
        "subscription",
        "event",
        "cursor",
    }


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    components = document["components"]
    references = re.findall(r"'#/components/(\w+)/([^']+)'", str(document))
    assert references
    assert all(name in components[kind] for kind, name in references)
    codes = [error["code"] for error in components["errors"].values()]
    assert len(codes) == len(set(codes))
    assert set(codes) >= {-32700, -32603, -32001, -32002, -32003, -32004, -32005, -32000}
