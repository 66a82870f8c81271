"""Authentication over http; access control itself is the same on every transport."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.harness import Service

KEY = "a key of the tests: 0123456789abcdef"


def token(**claims: Any) -> str:
    whole = {
        "sub": "ada",
        "exp": int(time.time()) + 60,
        "scope": "notifications:read notifications:write",
        "receivers": ["*"],
    }
    return jwt.encode(whole | claims, KEY, algorithm="HS256")


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Service]:
    """A service that asks."""
    async with Service.running(tmp_path, AUTH="jwt", AUTH_JWT_KEY=KEY, AUTH_LEEWAY="0") as service:
        yield service


@pytest.mark.parametrize(
    "path", ("/notifications", "/stream", "/schema", "/schema/openapi.json", "/nothing")
)
async def test_nothing_is_answered_before_it(guarded: Service, path: str) -> None:
    answer = await guarded.http.get(path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:problem:unauthorized"
    assert problem["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("header", ("Basic YTpi", "Bearer", "bearer x y", "x"))
async def test_other_credentials_are_none(guarded: Service, header: str) -> None:
    answer = await guarded.http.get("/notifications", headers={"Authorization": header})

    assert answer.status_code == 401


@pytest.mark.parametrize("second", ("Bearer x", "Basic YTpi", ""))
async def test_two_credentials_are_none(guarded: Service, second: str) -> None:
    pair = [("Authorization", f"Bearer {token()}"), ("Authorization", second)]
    for headers in (pair, pair[::-1]):
        assert (await guarded.http.get("/notifications", headers=headers)).status_code == 401


@pytest.mark.parametrize("scheme", ("Bearer", "bearer", "BEARER"))
async def test_a_bearer_is_let_through(guarded: Service, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {token()}"}

    assert (await guarded.http.get("/notifications", headers=headers)).status_code == 200
    assert (await guarded.http.get("/schema/openapi.json", headers=headers)).status_code == 200


async def test_a_cookie_will_do_for_what_changes_nothing(guarded: Service) -> None:
    headers = {"Cookie": f"theme=dark; access_token={token()}; other=1"}

    assert (await guarded.http.get("/notifications", headers=headers)).status_code == 200
    new = {"receiver": "ada", "action_type": "greeted"}
    forged = await guarded.http.post("/notifications", headers=headers, json=new)
    assert forged.status_code == 401
    assert await guarded.stored() == []


async def test_a_header_outdoes_the_cookie(guarded: Service) -> None:
    headers = {"Cookie": f"access_token={token()}", "Authorization": "Bearer nonsense"}

    assert (await guarded.http.get("/notifications", headers=headers)).status_code == 401


async def test_a_forbidden_one_is_told_so(guarded: Service) -> None:
    headers = {"Authorization": f"Bearer {token(receivers=['bob'])}"}

    answer = await guarded.http.get("/notifications?receiver=ada", headers=headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem:forbidden"


async def test_a_socket_is_refused_in_its_handshake(guarded: Service) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(socket_url(guarded)):
            pass

    assert caught.value.response.status_code == 401
    assert b"urn:problem:unauthorized" in caught.value.response.body


@pytest.mark.parametrize("header", ("Authorization", "Cookie"))
async def test_a_socket_ends_with_its_token(guarded: Service, header: str) -> None:
    text = token(exp=int(time.time()) + 2)
    value = f"Bearer {text}" if header == "Authorization" else f"access_token={text}"

    async with connect(socket_url(guarded), additional_headers={header: value}) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                await socket.recv()

    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "expired")


async def test_who_asks_is_told_to_the_broker(guarded: Service) -> None:
    headers = {"Authorization": f"Bearer {token()}"}
    new = {"receiver": "ada", "action_type": "greeted"}
    answer = await guarded.http.post("/notifications", headers=headers, json=new)
    assert answer.status_code == 202
    await guarded.quiet()

    (envelope,) = guarded.published()
    event = guarded.system.core.codec().decode(envelope.body)
    assert event.caller == "ada"


def socket_url(service: Service) -> str:
    return f"ws{service.url.removeprefix('http')}/stream"
