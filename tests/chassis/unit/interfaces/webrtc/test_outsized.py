"""The answer in place of one that is too large."""

import json

import pytest

from chassis.interfaces.webrtc.outsized import outsized_answer


@pytest.mark.parametrize("identity", (7, "seven", None))
def test_an_answer_keeps_its_id(identity: int | str | None) -> None:
    message = json.dumps({"jsonrpc": "2.0", "id": identity, "result": "x" * 100}).encode()
    answer, has_id = outsized_answer(message, 50)
    told = json.loads(answer)

    assert has_id
    assert (told["id"], told["error"]["code"]) == (identity, -32003)


@pytest.mark.parametrize("message", (b'{"jsonrpc":"2.0","method":"x","params":{}}', b'[{"id":1}]'))
def test_an_event_and_a_batch_have_none(message: bytes) -> None:
    answer, has_id = outsized_answer(message, 10)

    assert not has_id
    assert json.loads(answer)["id"] is None
