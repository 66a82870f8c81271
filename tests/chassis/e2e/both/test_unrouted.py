"""Embedded, what no handler takes is kept and told, until a queue takes it."""

import asyncio
import json
from pathlib import Path

from tests.chassis.e2e.stored import stored
from tests.e2e.process import TIMEOUT, run, serving


def total(folder: Path, *arguments: str) -> int:
    listed = run(folder, "dead-letters", "list", *arguments, "--json")
    found: int = json.loads(listed.stdout)["total"]
    return found


async def until_kept(folder: Path, count: int, *arguments: str) -> None:
    async with asyncio.timeout(TIMEOUT):
        while total(folder, *arguments) != count:
            await asyncio.sleep(0.1)


async def test_it_is_kept_told_and_routed_once_a_binding_takes_it(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    async with stored(tmp_path) as file, serving(tmp_path):
        for number in range(3):
            await file.publish(b"%d" % number, key=f"planted.placed.{number}")
        await until_kept(tmp_path, 3, "--unrouted")
        assert total(tmp_path) == 0

    findings = json.loads(run(tmp_path, "doctor", "--json").stdout)
    [advice] = [finding["advice"] for finding in findings if finding["about"] == "broker"]
    assert advice.startswith("3 messages lie in the table dead_letters: ")
    assert "planted.# (3)" in advice

    async with serving(tmp_path) as process, asyncio.timeout(TIMEOUT):
        while not (told := [x for x in process.logs if x["event"].startswith("no queue takes")]):
            await asyncio.sleep(0.1)
        assert (told[0]["level"], told[0]["bindings"]) == ("warning", "planted.# (3)")

    async with serving(tmp_path, BROKER_BINDINGS="planted.placed.*"):
        # The consumer gets them, and can make nothing of them.
        await until_kept(tmp_path, 3)
        assert total(tmp_path, "--unrouted") == 0
