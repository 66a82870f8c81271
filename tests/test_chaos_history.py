from pathlib import Path

from tests.chaos.calls import Calls
from tests.chaos.history import History
from tests.chaos.report import windows


def test_a_history_can_be_read_while_it_is_written_and_again(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        history.note("sent", key="1-1", type="any", size=1, wrong=False)
        history.note("accepted", key="1-1", ids=["a"])
        first = list(history)
        history.note("seen", by="first", at_position=1, id="a")
        again = list(history)
    assert [event["event"] for event in again] == ["sent", "accepted", "seen"]
    assert again[:2] == first
    assert sorted(again, key=lambda event: event["at"]) == again


def test_what_a_caller_knows_in_the_end(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        for key in ("accepted", "refused", "unanswered", "overloaded"):
            history.note("sent", key=key, type="any", size=2, wrong=key == "refused")
        history.note("unanswered", key="accepted")
        history.note("accepted", key="accepted", ids=["a", "b"])
        history.note("refused", key="refused", status=422)
        history.note("unanswered", key="unanswered")
        history.note("refused", key="overloaded", status=503)
        calls = Calls.read(history)
    assert {key: asked.state for key, asked in calls.by_key.items()} == {
        "accepted": "accepted",
        "refused": "refused",
        "unanswered": "doubtful",
        "overloaded": "doubtful",
    }
    assert [item for item, _ in calls.accepted()] == [("any", "a"), ("any", "b")]
    assert calls.findings == []


def test_the_windows_of_steps_follow_each_other(tmp_path: Path) -> None:
    with History(tmp_path / "history.jsonl") as history:
        for recovered in (True, False):
            history.note("step", number=1, kinds=["redis killed"])
            history.note("recovered" if recovered else "not recovered", seconds=1.5, kinds=[])
        first, second = windows(history)
    assert first.begin <= first.end <= second.begin <= second.end
    assert (first.kinds, first.recovery) == (["redis killed"], 1.5)
