import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from benchmarks import refusals
from benchmarks.refusals import logged, unrefused
from tools.process import Process


def side(**answers: int) -> dict[str, Any]:
    return {"seconds": [0.001], "answers": answers}


def test_all_are_refused_but_the_one_who_is_not() -> None:
    assert unrefused({"accepted": side(accepted=3), "expired": side(unauthorized=3)}) == []


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("expired", {"accepted": 3}),
        ("expired", {"unauthorized": 2, "accepted": 1}),
        ("expired", {"unauthorized": 2, "forbidden": 1}),
        ("accepted", {"unauthorized": 3}),
        ("accepted", {"accepted": 2, "unavailable": 1}),
    ],
)
def test_whoever_is_answered_otherwise_is_named(name: str, answers: dict[str, int]) -> None:
    (fault,) = unrefused({"accepted": side(accepted=3), name: side(**answers)})
    assert fault.startswith(f"{name}: ")


def test_lines_of_the_log_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PATIENCE", 0.2)
    process = Process(1)
    process.read(json.dumps({"event": "token refused"}))
    before = Counter(process.told)

    async def count() -> dict[str, int]:
        counting = asyncio.create_task(logged(process, before, {"token refused": 2}))
        for line in ('{"event": "token refused"}', "no JSON", "[]", '{"event": "request"}'):
            await asyncio.sleep(0)
            process.read(line)
        return await counting

    assert asyncio.run(count()) == {"token refused": 1, "forbidden": 0}
