"""The OpenAPI document and its page, which load nothing from elsewhere."""

import re
from typing import Any

import httpx

from app.application.bus import Bus
from tests.integration.http.serving import serve


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

    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    assert (other.status_code, outside.status_code) == (404, 404)


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
    assert schemas["size"] == {"type": "integer", "default": 50}


async def test_every_error_is_a_problem() -> None:
    for operations in (await document())["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]
