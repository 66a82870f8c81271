"""Authentication: no other request is answered before it."""

import asyncio
import time

import pytest

from app.application.notification.messages import GetNotification
from chassis.application.access.caller import Caller
from chassis.application.context import current_caller
from chassis.application.errors import Unauthorized
from tests.unit.jsonrpc.talk import ONE, Talk, get
from tests.unit.support import lines

ADA = Caller(name="ada", is_admin=True)


class Tokens:
    """Believes in the tokens that it knows."""

    is_on = True

    def __init__(self, **callers: Caller) -> None:
        self.callers = callers
        self.open = asyncio.Event()
        self.open.set()

    async def authenticate(self, token: str | None) -> Caller:
        await self.open.wait()
        caller = self.callers.get(token or "")
        if caller is None:
            raise Unauthorized("the token is not valid here")
        return caller

    async def check(self) -> None:
        pass


@pytest.mark.parametrize(
    "method", ("notifications.register", "rpc.discover", "notifications.subscribe", "nowhere")
)
async def test_nothing_is_answered_before(method: str, caplog: pytest.LogCaptureFixture) -> None:
    talk = Talk(authenticator=Tokens(good=ADA))
    talk.call(method, notifications=[ONE])
    error = talk.error()

    assert (error["code"], error["data"]["kind"]) == (-32004, "unauthorized")
    assert "session.authenticate" in error["message"]
    assert not talk.session.is_known
    assert lines(caplog, "token refused")


async def test_the_caller_holds_for_the_session() -> None:
    seen = []

    async def handle(message: object) -> None:
        seen.append(current_caller())

    talk = Talk({GetNotification: handle}, authenticator=Tokens(good=ADA))
    talk.call("session.authenticate", 1, token="good")
    talk.send(get(2))
    talk.send(get(3))

    assert talk.told()[0]["result"] == {"caller": "ada", "expires_at": None}
    assert talk.session.is_known
    assert seen == [ADA, ADA]


async def test_a_refused_token_is_told_and_the_caller_before_it_stays() -> None:
    talk = Talk(authenticator=Tokens(good=ADA))
    talk.call("session.authenticate", token="good")
    talk.told()
    talk.call("session.authenticate", token="bad")
    assert talk.error()["code"] == -32004
    talk.call("notifications.register", notifications=[ONE])

    assert "result" in talk.told()[0]


async def test_an_expired_caller_shows_another_token() -> None:
    gone = Caller(name="eve", expires_at=time.time() - 1)
    talk = Talk(authenticator=Tokens(old=gone, new=ADA))
    talk.call("session.authenticate", token="old")
    talk.told()
    talk.call("notifications.register", notifications=[ONE])
    error = talk.error()
    assert (error["code"], error["message"]) == (
        -32004,
        "the token has expired: send another with session.authenticate",
    )
    talk.call("session.authenticate", token="new")
    talk.told()
    talk.call("notifications.register", notifications=[ONE])

    assert "result" in talk.told()[0]


async def test_what_is_sent_together_with_the_token_waits_for_it() -> None:
    tokens = Tokens(good=ADA)
    tokens.open.clear()
    talk = Talk(authenticator=tokens)
    authenticate = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "session.authenticate",
        "params": {"token": "good"},
    }
    register = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "notifications.register",
        "params": {"notifications": [ONE]},
    }
    talk.send([authenticate, register])
    assert talk.is_full()
    tokens.open.set()
    await talk.settled()
    [answers] = talk.told()

    assert not talk.is_full()
    assert ["result" in answer for answer in answers] == [True, True]


async def test_where_nobody_is_asked_all_are_anonymous() -> None:
    talk = Talk()
    talk.call("session.authenticate", token="whatever")

    assert talk.told()[0]["result"] == {"caller": "anonymous", "expires_at": None}
