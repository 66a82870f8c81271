"""The page on the port, without a browser."""

import re

import httpx
import pytest

from chassis.interfaces.webrtc.page import ASSETS
from tests.chassis.integration.webrtc.serving import serving, url_of
from tests.chassis.integration.webrtc.test_signalling import Tokens

LOADED = re.compile(r'(?:src|href)="([^"]+)"|from "\./([^"]+)"')


async def test_the_page_loads_its_own_files_and_no_others() -> None:
    async with (
        serving(authenticator=Tokens()) as server,
        httpx.AsyncClient(base_url=url_of(server)) as http,
    ):
        page = await http.get("/")
        wanted = {"page.css", "page.js"}
        found = {name for pair in LOADED.findall(page.text) for name in pair if name}
        scripts = [await http.get(f"/{name}") for name in wanted]
        further = {name for each in scripts for pair in LOADED.findall(each.text) for name in pair}
        scripts += [await http.get(f"/{name}") for name in further - {""}]

    assert found == {"data:,", *wanted}
    assert {each.status_code for each in (page, *scripts)} == {200}
    assert {*wanted, *further} - {""} == {each.name for each in ASSETS.iterdir()} - {"index.html"}
    assert not re.search(r"https?://|//[a-z]", "".join(each.text for each in (page, *scripts)))
    for each in (page, *scripts):
        policy = each.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert each.headers["x-content-type-options"] == "nosniff"
    assert "<title>A &lt;service&gt;</title>" in page.text


@pytest.mark.parametrize("path", ("/index.html", "/page.py", "/../page.py", "/%2e%2e/page.py"))
async def test_no_other_file_is_there(path: str) -> None:
    async with serving() as server, httpx.AsyncClient(base_url=url_of(server)) as http:
        answer = await http.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_is_only_read() -> None:
    async with serving() as server, httpx.AsyncClient(base_url=url_of(server)) as http:
        answer = await http.post("/")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
