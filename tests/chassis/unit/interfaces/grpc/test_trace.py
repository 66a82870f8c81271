import pytest
from grpc import StatusCode

from chassis.interfaces.grpc.trace import end_span, start_span
from tests.chassis.recording_tracing import RecordingTracing


@pytest.mark.parametrize(
    ("code", "failed"),
    (
        (StatusCode.OK, None),
        (StatusCode.NOT_FOUND, None),
        (StatusCode.CANCELLED, None),
        (StatusCode.INTERNAL, "INTERNAL"),
        (StatusCode.UNAVAILABLE, "UNAVAILABLE"),
    ),
)
def test_a_call_failed_where_the_server_did(code: StatusCode, failed: str | None) -> None:
    tracing = RecordingTracing()
    end_span(start_span(tracing, "a.B/C", None), code)

    [span] = tracing.spans
    assert (span.title, span.failed) == ("a.B/C", failed)
    assert span.attributes["rpc.response.status_code"] == code.name


def test_what_comes_after_its_end_changes_nothing() -> None:
    tracing = RecordingTracing()
    span = start_span(tracing, "a.B/C", None)
    end_span(span, StatusCode.OK)
    end_span(span, StatusCode.INTERNAL)

    assert tracing.spans[0].failed is None
