"""Tokens from the command line, and a service in production."""

import asyncio
import json
import ssl
import sys
from pathlib import Path

import httpx
import pytest

from tests.chassis.certificates import Authority
from tests.e2e.process import TIMEOUT, Process, environment, run, serving

KEY = "Zq3v7Lw9Xc1Bn5Mk8Jh2Gf6Ds4Ap0QrT"
ACCESS = {"AUTH": "jwt", "AUTH_JWT_KEY": KEY}


async def made(folder: Path, *arguments: str) -> str:
    """Return a token from the command."""
    ended = await asyncio.to_thread(run, folder, "token", *arguments, **ACCESS)
    assert ended.returncode == 0, ended
    assert ended.stdout.count("\n") == 1
    return ended.stdout.strip()


async def test_a_token_opens_what_it_says(tmp_path: Path) -> None:
    reader = await made(tmp_path, "ada", "--scope", "notifications:read", "--receiver", "ada")
    async with serving(tmp_path, **ACCESS) as process, httpx.AsyncClient() as http:
        url = f"{process.url}/notifications"
        headers = {"Authorization": f"Bearer {reader}"}
        assert (await http.get(url)).status_code == 401
        assert (await http.get(url, headers=headers)).status_code == 200
        new = {"receiver": "ada", "action_type": "greeted"}
        assert (await http.post(url, headers=headers, json=new)).status_code == 403
    requests = [line for line in process.logs if line["event"] == "request"]
    assert [(line["status"], line.get("caller")) for line in requests] == [
        (401, None),
        (200, "ada"),
        (403, "ada"),
    ]


async def test_send_and_tail_show_a_token(tmp_path: Path) -> None:
    token = await made(tmp_path, "cli")
    async with serving(tmp_path, **ACCESS) as process:
        sent = await asyncio.to_thread(
            run, tmp_path, "send", "ada", "greeted", "--via", process.url, AUTH_TOKEN=token
        )
        assert sent.returncode == 0, sent
        refused = await asyncio.to_thread(
            run, tmp_path, "send", "ada", "greeted", "--via", process.url, AUTH_TOKEN="nonsense"
        )
        assert (refused.returncode, refused.stderr.startswith("error: 401: ")) == (1, True)
        for scheme in ("http", "ws"):
            assert await tailed(tmp_path, scheme, process, token) == json.loads(sent.stdout)["ids"]


async def test_ones_own_service_needs_no_more_than_the_key(tmp_path: Path) -> None:
    async with serving(tmp_path, **ACCESS) as process:
        port = process.url.rpartition(":")[2]
        sent = await asyncio.to_thread(
            run, tmp_path, "send", "ada", "greeted", HTTP_PORT=port, **ACCESS
        )
    assert sent.returncode == 0, sent


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (("--scope", "notifications:write", "--scope", "all"), "there is no scope all"),
        (("--expires", "soon"), "--expires takes a number and a unit"),
    ),
)
def test_a_wrong_call_of_token(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = run(tmp_path, "token", *arguments, **ACCESS)

    assert (ended.returncode, told in ended.stderr) == (2, True)


def test_without_a_key_there_is_no_token(tmp_path: Path) -> None:
    ended = run(tmp_path, "token")

    assert ended.returncode == 2
    assert "only a secret AUTH_JWT_KEY can sign tokens here: run init to create one" in ended.stderr


async def test_production_is_served_with_access_and_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, private_key = authority.sign("service")
    production = ACCESS | {
        "ENVIRONMENT": "production",
        "HTTP_HOST": "0.0.0.0",
        "TLS_CERTIFICATE": str(certificate),
        "TLS_PRIVATE_KEY": str(private_key),
    }
    token = await made(tmp_path, "cli")
    trust = ssl.create_default_context(cafile=authority.file)
    async with serving(tmp_path, **production) as process, httpx.AsyncClient(verify=trust) as http:
        url = f"https{process.url.removeprefix('http')}/notifications"
        assert (await http.get(url)).status_code == 401
        listed = await http.get(url, headers={"Authorization": f"Bearer {token}"})
        assert listed.status_code == 200


@pytest.mark.parametrize(
    ("settings", "told"),
    (
        ({}, "ENVIRONMENT=production needs AUTH=jwt"),
        ({"AUTH": "jwt"}, "AUTH=jwt needs exactly one of"),
        (ACCESS | {"AUTH_JWT_KEY": "x" * 40}, "AUTH_JWT_KEY is easy to guess"),
        (ACCESS | {"HTTP_HOST": "0.0.0.0"}, "serves nothing in plain text on HTTP_HOST=0.0.0.0"),
    ),
)
def test_production_refuses_what_is_open(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    ended = run(tmp_path, "serve", ENVIRONMENT="production", **settings)

    assert ended.returncode == 2
    assert told in ended.stderr
    assert KEY not in ended.stderr


async def tailed(folder: Path, scheme: str, process: Process, token: str) -> list[str]:
    """Return the id of the first notification that `tail` prints."""
    url = f"{scheme}{process.url.removeprefix('http')}"
    tail = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "tail", "--json", "--limit", "1", "--via", url),
        *("--from", await start_of(process, token)),
        cwd=folder,
        env=environment({"AUTH_TOKEN": token}),
        stdout=asyncio.subprocess.PIPE,
    )
    assert tail.stdout is not None
    async with asyncio.timeout(TIMEOUT):
        lines = [json.loads(line) async for line in tail.stdout]
        assert await tail.wait() == 0
    return [line["data"]["id"] for line in lines if line["event"] == "notification"]


async def start_of(process: Process, token: str) -> str:
    """Return the cursor before everything."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient() as http,
        http.stream("GET", f"{process.url}/stream", headers=headers) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                return f"{line.removeprefix('id: ').partition('.')[0]}.0"
    raise AssertionError("the stream says nothing")
