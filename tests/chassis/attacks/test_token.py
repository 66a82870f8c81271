"""Tokens with each claim wrong, forged, doubled, expired and replayed, on every transport."""

import asyncio
import json
import time
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.chassis.attacks.asking import ASKED, ask, socket
from tests.chassis.attacks.conftest import Serve, settled
from tests.chassis.attacks.forged import FORGED
from tests.chassis.attacks.good import TRANSPORTS
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.driver import Disconnected, Failed
from tests.chassis.conformance.support import failed, new
from tests.chassis.conformance.tokens import KEY, token

# The words for every refused token, whatever is wrong with it: an oracle would help to forge one.
REFUSED = "the token is not valid here"
# The words for the owner of a real one: the signature is right.
EXPIRED = "the token has expired"
OTHER = "the next key of the tests: 0123456789"
# Seconds within which a file with keys is read again, and one more.
KEYS_ARE_READ = 2.0


# By what is wrong with it: a claim, or a part of the token.
GROUPS = groupby(sorted(FORGED), key=lambda name: name.split()[0])
WRONG = {group: list(names) for group, names in GROUPS}


@pytest.mark.attack("token")
@pytest.mark.parametrize("surface", ASKED)
@pytest.mark.parametrize("wrong", WRONG)
async def test_forged(target: Target, surface: str, wrong: str) -> None:
    for forged in WRONG[wrong]:
        bearer, logged = FORGED[forged](), len(target.logs)
        error = await failed(ask(target, surface, bearer))

        assert bearer
        words = EXPIRED if forged in ("expired", "exp far past", "exp negative") else REFUSED
        assert (error.kind, error.text) == ("unauthorized", words), forged
        told = await target.told("token refused", logged)
        assert bearer not in json.dumps(told), forged


@pytest.mark.attack("token")
@pytest.mark.parametrize("surface", ASKED)
async def test_none_at_all(target: Target, surface: str) -> None:
    error = await failed(ask(target, surface, None))
    assert error.kind == "unauthorized"
    assert "credentials are missing" in error.text


@pytest.mark.attack("token replayed on another transport")
@pytest.mark.parametrize("surface", ASKED)
async def test_the_same_token(target: Target, surface: str) -> None:
    """A token is its caller's on all transports, with no more rights on any of them."""
    mine = token(sub="replay", receivers=["replay"], scope="notifications:read")
    await ask(target, "tcp", mine)
    await ask(target, surface, mine)
    error = await failed(ask(target, surface, mine, receiver="ada"))
    assert error.kind == "forbidden"


@pytest.mark.attack("token expires in the middle")
@pytest.mark.parametrize("surface", ASKED)
async def test_a_stream_ends(target: Target, surface: str) -> None:
    short, began = token(exp=int(time.time()) + 2), time.monotonic()
    async with asyncio.timeout(10):
        if surface == "websocket":
            async with socket(target, short) as stream:
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        await stream.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
        else:
            transport = "http" if surface == "sse" else surface
            async with (
                driver_of(transport).connected(target.ports[transport], short) as caller,
                caller.subscribed() as items,
            ):
                # Some transports say it once more, as the answer to the whole call.
                with suppress(Failed):
                    said = [item.event async for item in items]
                assert (await failed(caller.list())).kind == "unauthorized"
            assert said[-1] == "closed"
    assert time.monotonic() - began < 5


@pytest.mark.attack("token replayed after its key was removed")
@pytest.mark.parametrize("surface", ASKED)
async def test_a_removed_key(serve: Serve, tmp_path: Path, surface: str) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    transport = surface if surface in TRANSPORTS else "http"
    with serve(f"--server={transport}", AUTH_JWT_KEY="", AUTH_JWT_KEY_FILE=str(file)) as target:
        async with settled(target, surface, token=lambda: token(key=OTHER)):
            old = token()
            await ask(target, surface, old)
            file.write_text(OTHER)
            await asyncio.sleep(KEYS_ARE_READ)
            assert (await failed(ask(target, surface, old))).text == REFUSED
            await ask(target, surface, token(key=OTHER))


@pytest.mark.attack("token in an odd place")
@pytest.mark.parametrize("surface", ("http", "sse"))
@pytest.mark.parametrize("name", ("access_token", "token", "authorization", "bearer", "jwt"))
async def test_in_the_url(target: Target, surface: str, name: str) -> None:
    good, path = token(), "notifications" if surface == "http" else "stream"
    logged = len(target.logs)
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{target.http}/{path}", params={name: good})
    assert answer.status_code == 401
    assert good not in json.dumps(await target.told("token refused", logged))


@pytest.mark.attack("token in an odd place")
@pytest.mark.parametrize("surface", ("http", "sse"))
@pytest.mark.parametrize("scheme", ("Basic", "Token", "Negotiate", "BearerBearer"))
async def test_of_another_scheme(target: Target, surface: str, scheme: str) -> None:
    path = "notifications" if surface == "http" else "stream"
    async with httpx.AsyncClient(headers={"authorization": f"{scheme} {token()}"}) as http:
        assert (await http.get(f"{target.http}/{path}")).status_code == 401


@pytest.mark.attack("token in an odd place", "http")
async def test_in_a_cookie_of_a_change(target: Target) -> None:
    async with httpx.AsyncClient(cookies={"access_token": token()}) as http:
        answer = await http.post(f"{target.http}/notifications", json=new())
    assert answer.status_code == 401


@pytest.mark.attack("duplicate keys")
@pytest.mark.parametrize("surface", ("http", "sse"))
@pytest.mark.parametrize("first", ("good", "bad"))
async def test_two_headers(target: Target, surface: str, first: str) -> None:
    """Two parts of a system may each believe another one of the two."""
    path = "notifications" if surface == "http" else "stream"
    pair = [("authorization", f"Bearer {token()}"), ("authorization", "Bearer nonsense")]
    async with httpx.AsyncClient(headers=pair if first == "good" else pair[::-1]) as http:
        answer = await http.get(f"{target.http}/{path}")
    assert answer.status_code == 401


@pytest.mark.attack("token")
@pytest.mark.parametrize("surface", ASKED)
async def test_a_huge_one(target: Target, surface: str) -> None:
    huge = token() + "A" * 2**20
    if surface in ("http", "sse", "websocket", "webrtc"):
        # All of them send it in a header of HTTP.
        port = target.ports["webrtc" if surface == "webrtc" else "http"]
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {huge}"}) as http:
            assert (await http.get(f"http://127.0.0.1:{port}/")).status_code == 431
        return
    with pytest.raises((Failed, Disconnected)):
        await ask(target, surface, huge)
