"""Every request is a step of a trace, its caller's where it has one."""

from app.application.notification.messages import GetNotification
from chassis.application.context import current_context
from chassis.application.errors import NotFound
from tests.chassis.recording_tracing import RecordingTracing
from tests.unit.jsonrpc.talk import Talk, get

PARENT = f"00-{'a' * 32}-{'b' * 16}-01"


async def test_a_span_goes_on_with_the_callers_trace() -> None:
    tracing = RecordingTracing()
    seen = []

    async def handle(message: object) -> None:
        seen.append(current_context())
        if len(seen) > 1:
            raise NotFound("nothing")

    talk = Talk({GetNotification: handle}, tracing=tracing)
    for identity in (7, None):
        request = get(identity)
        request["params"]["_meta"] = {"traceparent": PARENT}
        talk.send(request)
    talk.told()

    good, bad = tracing.spans
    assert (good.title, good.kind, good.parent) == ("notifications.get", "server", PARENT)
    assert good.attributes == {
        "rpc.system.name": "jsonrpc",
        "rpc.method": "notifications.get",
        "jsonrpc.protocol.version": "2.0",
        "jsonrpc.request.id": "7",
    }
    assert seen[0] is not None
    assert seen[0].traceparent == good.traceparent
    assert (good.failed, bad.failed) == (None, "-32001")
    assert bad.attributes["rpc.response.status_code"] == "-32001"
    assert (good.ended, bad.ended) == (1, 1)
