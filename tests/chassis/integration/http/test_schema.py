"""The OpenAPI document and its page, which load nothing from elsewhere."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx

from chassis.application.bus import Bus
from chassis.domain.ids import new_id
from tests.chassis.integration.http.serving import serve


async def fetch(path: str) -> httpx.Response:
    async with serve(Bus({})) as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    return answer


async def document() -> dict[str, Any]:
    decoded: dict[str, Any] = (await fetch("/schema/openapi.json")).json()
    return decoded


async def test_page_loads_from_here_alone() -> None:
    async with serve(Bus({})) as http:
        page = await http.get("/schema")
        links = re.findall(r'(?:href|src|data-url)="([^"]+)"', page.text)
        for link in links:
            if link != "data:,":
                loaded = await http.get(link)
                assert loaded.status_code == 200, link

    assert len(links) == 6
    assert "//" not in page.text
    assert "A &lt;title&gt; &amp; more" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_document_names_no_other_site() -> None:
    answer = await fetch("/schema/openapi.json")

    assert "//" not in answer.text


async def test_assets_may_be_kept() -> None:
    async with serve(Bus({})) as http:
        page = await http.get("/schema")
        [script] = re.findall(r'src="([^"]+bundle.js)"', page.text)
        kept = await http.get(script)
        other = await http.get(re.sub(r"\d+\.\d+\.\d+", "0.0.0", script))
        outside = await http.get("/schema/assets/..%2f..%2fpage.py/x")
        sibling = await http.get("/schema/swagger")

    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    for missing in (other, outside, sibling):
        assert missing.status_code == missing.json()["status"] == 404


async def test_document_is_openapi_3_1_and_knows_all_routes() -> None:
    schema = await document()

    assert schema["openapi"].startswith("3.1")
    assert {
        (method, path) for path, operations in schema["paths"].items() for method in operations
    } == {
        ("post", "/notifications"),
        ("get", "/notifications"),
        ("get", "/notifications/{id}"),
        ("patch", "/notifications/{id}"),
        ("get", "/reports/notifications"),
        ("get", "/stream"),
    }


async def test_document_tells_of_query_parameters() -> None:
    parameters = (await document())["paths"]["/notifications"]["get"]["parameters"]

    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert schemas["is_seen"] == {"type": "boolean"}
    assert schemas["since"] == {"type": "string", "format": "date-time"}
    assert schemas["size"] == {"type": "integer", "default": 50, "minimum": 1, "maximum": 200}
    assert re.fullmatch(schemas["cursor"]["pattern"], new_id(datetime.now(UTC)).hex)


async def test_every_error_is_a_problem() -> None:
    for operations in (await document())["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]


async def test_document_tells_what_a_body_must_be() -> None:
    schema = await document()

    taken = schema["components"]["schemas"]["NewNotification"]
    assert taken["additionalProperties"] is False
    assert taken["required"] == ["action_type", "receiver"]
    assert (taken["properties"]["receiver"]["minLength"]) == 1
    assert (taken["properties"]["receiver"]["maxLength"]) == 64
    assert schema["components"]["schemas"]["MarkSeen"]["additionalProperties"] is False
    # The schema of a notification may have more fields one day.
    assert "additionalProperties" not in schema["components"]["schemas"]["Notification"]
    body = schema["paths"]["/notifications"]["post"]["requestBody"]["content"]["application/json"]
    assert [each["minItems"] for each in body["schema"]["oneOf"] if "items" in each] == [1]


async def test_document_tells_of_headers() -> None:
    paths = (await document())["paths"]

    [key] = paths["/notifications"]["post"]["parameters"]
    assert (key["in"], key["name"]) == ("header", "Idempotency-Key")
    for good in ("a", "~" * 255):
        assert re.search(key["schema"]["pattern"], good)
    for bad in ("", " ", "a b", "ж", "~" * 256):
        assert not re.search(key["schema"]["pattern"], bad)
    assert "Last-Event-ID" in [each["name"] for each in paths["/stream"]["get"]["parameters"]]
    assert "Location" in paths["/notifications"]["post"]["responses"]["202"]["headers"]


async def test_who_is_to_come_back_is_told_when() -> None:
    for operations in (await document())["paths"].values():
        for operation in operations.values():
            assert operation["responses"]["503"]["headers"]["Retry-After"]["required"] is True


async def test_links_lead_to_operations_and_their_parameters() -> None:
    paths = (await document())["paths"]
    operations = {each["operationId"]: each for path in paths.values() for each in path.values()}
    links = [
        link
        for operation in operations.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]

    assert {link["operationId"] for link in links} == {
        "get_notification",
        "list_notifications",
        "mark_seen",
    }
    for link in links:
        known = {each["name"] for each in operations[link["operationId"]]["parameters"]}
        assert link["parameters"].keys() <= known
