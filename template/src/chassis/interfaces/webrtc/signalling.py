"""Signalling over HTTP, as WHIP has it (RFC 9725): an offer in, an answer out.

`POST /sessions` takes an SDP offer and answers 201 with the SDP answer, and `Location`.
`DELETE` of that location ends it.
"""

import logging
from http import HTTPStatus

from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.context import current_context
from chassis.application.errors import ApplicationError
from chassis.domain.errors import Invalid
from chassis.interfaces.serving.asgi import Receive, Scope, Send
from chassis.interfaces.serving.body import read_body
from chassis.interfaces.serving.problem import answer, problem
from chassis.interfaces.serving.problem_of import headers_of, to_problem
from chassis.interfaces.serving.refused import ClientLeft, HttpRefused
from chassis.interfaces.serving.respond import NO_CONTENT, NO_STORE, respond
from chassis.interfaces.webrtc.offer import LONGEST, read_offer
from chassis.interfaces.webrtc.peers import WebRtcPeers

log = logging.getLogger(__name__)

SDP = "application/sdp"
SESSIONS = "/sessions"


class Signalling:
    """The ASGI application of `/sessions` and the sessions below it."""

    def __init__(self, peers: WebRtcPeers) -> None:
        self._peers = peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except (ApplicationError, Invalid, HttpRefused, ClientLeft) as error:
            headers = [(k.lower().encode(), v.encode()) for k, v in headers_of(error).items()]
            await answer(send, to_problem(error), headers)
        except Exception as error:
            log.exception("unforeseen error")
            await answer(send, to_problem(error))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = scope["path"].removeprefix(SESSIONS).removeprefix("/")
        allowed = (b"DELETE" if identity else b"POST") + b", OPTIONS"
        match scope["method"]:
            case "POST" if not identity:
                await self._open(scope, receive, send)
            case "DELETE" if identity:
                self._peers.end(identity, _caller())
                await respond(send, HTTPStatus.OK)
            case "OPTIONS":
                headers = [(b"allow", allowed), (b"accept-post", SDP.encode())]
                await respond(send, NO_CONTENT, headers=headers)
            case method:
                refusal = problem(405, f"{method} is not allowed here")
                await answer(send, refusal, [(b"allow", allowed)])

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        offer = read_offer(await read_body(scope, receive, LONGEST, SDP))
        client = scope.get("client")
        identity, text = await self._peers.open(offer, client[0] if client else "", _caller())
        location = f"{scope.get('root_path', '')}{SESSIONS}/{identity}"
        headers = [
            (b"content-type", SDP.encode()),
            (b"location", location.encode()),
            NO_STORE,
        ]
        await respond(send, HTTPStatus.CREATED, text.encode(), headers)


def _caller() -> Caller:
    context = current_context()
    return ANONYMOUS if context is None else context.caller
