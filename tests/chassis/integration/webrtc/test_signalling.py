"""Offers over HTTP, good and bad."""

import asyncio
from typing import Any

import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from app.application.notification.messages import GetNotification
from chassis.application.access.caller import Caller
from chassis.application.context import current_context
from chassis.application.errors import Unauthorized
from chassis.interfaces.serving.hosts import Hosts
from tests.chassis.integration.webrtc.serving import client_of, request, rest, serving, told, url_of
from tests.chassis.webrtc_client import Refused, offer


class Tokens:
    """Believes in two tokens, each of which is a name."""

    is_on = True

    async def authenticate(self, token: str | None) -> Caller:
        if token not in ("ada", "bob"):
            raise Unauthorized("no such token")
        return Caller(name=token)

    async def check(self) -> None:
        pass


async def an_offer() -> str:
    """Return the offer of a peer that will not connect."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.createDataChannel("jsonrpc")
    await peer.setLocalDescription(await peer.createOffer())
    text: str = peer.localDescription.sdp
    await peer.close()
    return text


async def whoami(message: Any) -> str:
    context = current_context()
    assert context is not None
    return context.caller.name


async def test_an_offer_is_answered_with_a_location_that_ends_it() -> None:
    async with (
        serving() as server,
        client_of(server) as (client, channel),
        httpx.AsyncClient(base_url=url_of(server)) as http,
    ):
        ended = await http.delete(client.location)
        assert await rest(channel) == []
        async with asyncio.timeout(5):
            while len(server._peers):
                await asyncio.sleep(0.01)
        again = await http.delete(client.location)

    assert (ended.status_code, again.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    (
        (b"", 400),
        (b"v=0\r\n", 400),
        (b"\xff\xfe", 400),
        (b"x" * 20_000, 413),
    ),
)
async def test_what_is_no_offer_is_refused(body: bytes, status: int) -> None:
    async with serving() as server:
        answer = await offer(url_of(server), body)
        assert len(server._peers) == 0

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_another_type_is_refused_since_browsers_send_some_without_asking() -> None:
    async with serving() as server:
        text = await an_offer()
        answer = await offer(url_of(server), text, {"content-type": "text/plain"})
        asked = httpx.Request(
            "OPTIONS",
            f"{url_of(server)}/sessions",
            headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
        )
        async with httpx.AsyncClient() as http:
            allowed = await http.send(asked)

    assert answer.status_code == 415
    assert allowed.status_code == 204
    assert allowed.headers["allow"] == "POST, OPTIONS"
    assert not [name for name in allowed.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    (("GET", "/sessions", 405), ("PATCH", "/sessions/x", 405), ("POST", "/other", 404)),
)
async def test_other_requests_are_refused(method: str, path: str, status: int) -> None:
    async with serving() as server, httpx.AsyncClient(base_url=url_of(server)) as http:
        answer = await http.request(method, path)

    assert answer.status_code == status
    assert answer.headers["x-request-id"]


async def test_a_page_with_a_name_of_its_own_is_refused() -> None:
    async with serving(hosts=Hosts()) as server:
        answer = await offer(url_of(server), await an_offer(), {"host": "evil.example"})

    assert answer.status_code == 421


async def test_a_token_is_needed_and_holds_for_the_sessions() -> None:
    handlers: Any = {GetNotification: whoami}
    async with serving(handlers, authenticator=Tokens(), handshake_timeout=1) as server:
        for token in (None, "eve"):
            with pytest.raises(Refused) as refused:
                async with client_of(server, token):
                    pass
            assert refused.value.status == 401
            assert refused.value.headers["www-authenticate"].startswith("Bearer")
        async with client_of(server, "ada") as (client, channel):
            second = client.channel()
            await second.opened()
            for each in (channel, second):
                each.send(request())
                assert (await told(each))["result"] == "ada"


async def test_nobody_ends_the_session_of_another() -> None:
    done: Any = {GetNotification: whoami}
    async with (
        serving(done, authenticator=Tokens()) as server,
        client_of(server, "ada") as (client, channel),
        httpx.AsyncClient(base_url=url_of(server)) as http,
    ):
        statuses = [
            (await http.delete(client.location, headers=headers)).status_code
            for headers in ({}, {"authorization": "Bearer bob"})
        ]
        channel.send(request())

        assert statuses == [401, 404]
        assert (await told(channel))["result"] == "ada"
