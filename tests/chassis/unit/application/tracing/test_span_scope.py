import pytest

from chassis.application.tracing.span_scope import span_scope
from tests.chassis.recording_tracing import RecordingTracing


def test_steps_end_with_their_block() -> None:
    tracing = RecordingTracing()
    spans = [tracing.start(name, "internal", parent=None) for name in "ab"]

    with span_scope(spans):
        assert [span.ended for span in spans] == [0, 0]

    assert [(span.ended, span.failed) for span in spans] == [(1, None), (1, None)]


def test_steps_fail_with_their_block() -> None:
    tracing = RecordingTracing()
    spans = [tracing.start(name, "internal", parent=None) for name in "ab"]

    with pytest.raises(KeyError), span_scope(spans):
        raise KeyError

    assert [(span.ended, span.failed) for span in spans] == [(1, "KeyError"), (1, "KeyError")]
