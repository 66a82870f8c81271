"""`dead-letters export` and `restore`, as a backup uses them."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.application.failures import Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from tests.chassis.e2e.stored import stored
from tests.chassis.e2e.test_dead_letters_rabbitmq import opened
from tests.e2e.process import run
from tests.unit.support import dead_lettered_in

FIRST = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FAILURES = Failures(2, FIRST, FIRST + timedelta(seconds=1))
LETTERS = (
    (b'{"id": 1}', "unknown type: notification.registered.v9"),
    (b"\xff\x00", "undecodable: ж"),
    (b"{", "undecodable: truncated"),
)


def command(
    folder: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    ended = run(folder, "dead-letters", *arguments, stdin=stdin, **settings)
    assert (ended.returncode, ended.stderr) == (0, ""), ended
    return ended


def without_id(message: DeadLetterMessage) -> tuple[object, ...]:
    return (message.dead_lettered_at, message.body, message.reason, message.failures)


async def test_letters_of_a_queue_come_back_with_all_but_their_ids(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async def on_rabbitmq(*arguments: str, stdin: str = "") -> str:
        ended = await asyncio.to_thread(command, tmp_path, *arguments, stdin=stdin, **servers)
        return ended.stdout

    async with asyncio.timeout(50), opened(servers) as broker:
        for body, reason in LETTERS:
            await broker.dead_letters.add(body, reason, FAILURES)
        before = await dead_lettered_in(broker.dead_letters)

        exported = await on_rabbitmq("export")
        assert len(exported.splitlines()) == 3
        assert await dead_lettered_in(broker.dead_letters) == before

        assert await on_rabbitmq("purge", "--all") == "purged: 3 messages\n"
        for told in ("restored: 3, present already: 0\n", "restored: 0, present already: 3\n"):
            assert await on_rabbitmq("restore", stdin=exported) == told

        after = await dead_lettered_in(broker.dead_letters)
        assert [*map(without_id, after)] == [*map(without_id, before)]


async def test_letters_of_a_file_come_back_to_it(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    async with stored(tmp_path) as file:
        for body, reason in LETTERS:
            await file.add(body, reason, FAILURES)
        before = await file.dead_letters()
        exported = command(tmp_path, "export").stdout
        purged = run(tmp_path, "dead-letters", "purge", "--reason", "undecodable")
        assert purged.returncode == 0, purged

        told = command(tmp_path, "restore", stdin=exported).stdout

        assert told == "restored: 2, present already: 1\n"
        assert [*map(without_id, await file.dead_letters())] == [*map(without_id, before)]


@pytest.mark.parametrize("line", ("{", "[]", json.dumps({"id": "1"})))
def test_a_line_that_is_no_dead_letter_is_named(tmp_path: Path, line: str) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    ended = run(tmp_path, "dead-letters", "restore", stdin=f"{line}\n")
    assert (ended.returncode, ended.stdout) == (1, "restored: 0, present already: 0\n"), ended
    assert ended.stderr.startswith("error: line 1 is no dead letter (")
    assert ended.stderr.endswith(": give the output of dead-letters export\n")
    assert ended.stderr.count("\n") == 1
