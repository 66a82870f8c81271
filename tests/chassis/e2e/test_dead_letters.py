"""`dead-letters` on a database that no service is running on."""

import asyncio
import base64
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.application.failures import Failures
from tests.chassis.e2e.stored import Stored, stored
from tests.e2e.process import TIMEOUT, environment, run

LETTERS = (
    (b'{"id": 1, "name": "ada"}', "unknown type: notification.registered.v9"),
    (b"\xff\x1b[2J", "undecodable: \x1b[31mred"),
    (b"{", "undecodable: truncated"),
)

FIRST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def letters(tmp_path: Path) -> AsyncIterator[Stored]:
    assert run(tmp_path, "migrate").returncode == 0
    async with stored(tmp_path) as file:
        for body, reason in LETTERS:
            await file.add(body, reason, Failures(2, FIRST, FIRST + timedelta(seconds=1)))
        yield file


async def ids(letters: Stored) -> list[str]:
    return [message.id for message in await letters.dead_letters()]


async def bodies(letters: Stored) -> list[bytes]:
    return [message.body for message in await letters.dead_letters()]


async def test_list_tells_what_there_is(tmp_path: Path, letters: Stored) -> None:
    ended = run(tmp_path, "dead-letters", "list")
    assert ended.returncode == 0, ended
    assert "3 of 3" in ended.stdout
    shown = [ended.stdout.index(text) for text in ("registered.v9", "\\x1b[31mred", "truncated")]
    assert shown == sorted(shown)
    assert "\x1b" not in ended.stdout


async def test_list_is_limited_and_tells_how_many_there_are(
    tmp_path: Path, letters: Stored
) -> None:
    document = json.loads(run(tmp_path, "dead-letters", "list", "--limit", "1", "--json").stdout)
    [message] = document["messages"]
    assert document["total"] == 3
    assert message["id"] == (await ids(letters))[0]
    assert message["reason"] == LETTERS[0][1]
    assert message["size"] == len(LETTERS[0][0])
    assert message["attempts"] == 2
    assert datetime.fromisoformat(message["first_failed_at"]) == FIRST


async def test_list_counts_by_reason(tmp_path: Path, letters: Stored) -> None:
    arguments = ("dead-letters", "list", "--by", "reason")
    document = json.loads(run(tmp_path, *arguments, "--json").stdout)
    assert document["total"] == 3
    counts = {kind: group["count"] for kind, group in document["reasons"].items()}
    assert counts == {"undecodable": 2, "unknown type": 1}
    undecodable = document["reasons"]["undecodable"]
    assert datetime.fromisoformat(undecodable["first"]) == FIRST
    dead_lettered = [message.dead_lettered_at for message in await letters.dead_letters()]
    assert datetime.fromisoformat(undecodable["last"]) == dead_lettered[-1]
    ended = run(tmp_path, *arguments)
    assert ended.stdout.index("undecodable") < ended.stdout.index("unknown type")


async def test_show_makes_a_body_readable(tmp_path: Path, letters: Stored) -> None:
    first, second, third = await ids(letters)
    ended = run(tmp_path, "dead-letters", "show", first)
    assert ended.returncode == 0, ended
    assert LETTERS[0][1] in ended.stdout
    assert "2 times, from 2026-01-02T03:04:05+00:00 to 2026-01-02T03:04:06+00:00" in ended.stdout
    assert '\n  "name": "ada"\n' in ended.stdout
    assert run(tmp_path, "dead-letters", "show", second).stdout.endswith("\n\\xff\\x1b[2J\n")
    assert run(tmp_path, "dead-letters", "show", third).stdout.endswith("\n{\n")


async def test_show_prints_the_body_for_programs(tmp_path: Path, letters: Stored) -> None:
    first, second, _ = await ids(letters)
    ended = run(tmp_path, "dead-letters", "show", first, "--raw")
    assert ended.stdout.encode() == LETTERS[0][0]
    document = json.loads(run(tmp_path, "dead-letters", "show", first, "--json").stdout)
    assert (document["id"], document["reason"]) == (first, LETTERS[0][1])
    assert document["body"].encode() == LETTERS[0][0]
    document = json.loads(run(tmp_path, "dead-letters", "show", second, "--json").stdout)
    assert base64.b64decode(document["body_base64"]) == LETTERS[1][0]


async def test_replay_moves_the_chosen_to_the_outbox(tmp_path: Path, letters: Stored) -> None:
    ended = run(tmp_path, "dead-letters", "replay", (await ids(letters))[1])
    assert (ended.returncode, ended.stdout) == (0, "replayed: 1 message\n"), ended
    assert await letters.drained() == [LETTERS[1][0]]
    assert await bodies(letters) == [LETTERS[0][0], LETTERS[2][0]]

    ended = run(tmp_path, "dead-letters", "replay", "--reason", "unknown type")
    assert (ended.returncode, ended.stdout) == (0, "replayed: 1 message\n"), ended
    assert await letters.drained() == [LETTERS[0][0]]

    await letters.add(b"4", "failed")
    ended = run(tmp_path, "dead-letters", "replay", "--all", "--rate", "100")
    assert (ended.returncode, ended.stdout) == (0, "replayed: 2 messages\n"), ended
    assert await letters.drained() == [LETTERS[2][0], b"4"]
    assert await ids(letters) == []


async def test_purge_drops_the_chosen(tmp_path: Path, letters: Stored) -> None:
    ended = run(tmp_path, "dead-letters", "purge", "--reason", "undecodable")
    assert (ended.returncode, ended.stdout) == (0, "purged: 2 messages\n"), ended
    assert await bodies(letters) == [LETTERS[0][0]]

    ended = run(tmp_path, "dead-letters", "purge", "--all")
    assert (ended.returncode, ended.stdout) == (0, "purged: 1 message\n"), ended
    assert await ids(letters) == []
    assert await letters.drained() == []


@pytest.mark.parametrize("command", ("replay", "purge"))
async def test_an_unknown_id_is_named_and_the_others_are_dealt_with(
    tmp_path: Path, letters: Stored, command: str
) -> None:
    first, second, third = await ids(letters)
    ended = run(tmp_path, "dead-letters", command, "999", first, "none", third)
    assert ended.returncode == 1
    assert ended.stdout.endswith(": 2 messages\n")
    assert ended.stderr.startswith("error: no such message: 999, none ")
    assert ended.stderr.count("\n") == 1
    assert await ids(letters) == [second]


async def test_show_of_an_unknown_id_fails(tmp_path: Path, letters: Stored) -> None:
    for arguments in (("999",), ("999", "--raw"), ("999", "--json")):
        ended = run(tmp_path, "dead-letters", "show", *arguments)
        assert (ended.returncode, ended.stdout) == (1, ""), ended
        assert ended.stderr.startswith("error: no such message: 999")


async def test_what_is_unrouted_lies_apart(tmp_path: Path, letters: Stored) -> None:
    listed = run(tmp_path, "dead-letters", "list", "--unrouted", "--json")
    assert json.loads(listed.stdout) == {"total": 0, "messages": []}
    for arguments in ((), ("--by", "reason")):
        listed = run(tmp_path, "dead-letters", "list", "--unrouted", *arguments)
        assert (listed.returncode, listed.stdout) == (0, "there are no messages\n"), listed
    purged = run(tmp_path, "dead-letters", "purge", "--unrouted", "--all")
    assert (purged.returncode, purged.stdout) == (0, "purged: 0 messages\n")
    assert len(await ids(letters)) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    (
        (("replay",), "choose messages"),
        (("purge",), "choose messages"),
        (("purge", "--reason", ""), "choose messages"),
        (("purge", "1", "--all"), "choose messages"),
        (("replay", "--reason", "failed", "--all"), "choose messages"),
        (("replay", "--all", "--rate", "0"), "--rate"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--by", "age"), "--by"),
        (("show", "1", "--raw", "--json"), "--raw or --json"),
        (("mend",), "Unknown command"),
    ),
)
def test_wrong_calls(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = run(tmp_path, "dead-letters", *arguments)
    assert ended.returncode == 2, ended
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    assert told in ended.stderr
    assert not (tmp_path / "var").exists()


def test_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    ended = run(tmp_path, "dead-letters", "list")
    assert ended.returncode == 1
    assert ended.stderr.endswith("run migrate\n")
    assert ended.stderr.count("\n") == 1


def test_help_on_each_level(tmp_path: Path) -> None:
    listed = run(tmp_path, "dead-letters", "--help")
    assert listed.returncode == 0
    for command in ("list", "show", "replay", "purge"):
        assert command in listed.stdout
        ended = run(tmp_path, "dead-letters", command, "--help")
        assert ended.returncode == 0, ended
        assert "--unrouted" in ended.stdout


async def test_an_interrupted_replay_loses_nothing(tmp_path: Path, letters: Stored) -> None:
    for number in range(20):
        await letters.add(b"%d" % number, "failed")
    before = await bodies(letters)
    replay = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "dead-letters", "replay", "--all", "--rate", "5"),
        cwd=tmp_path,
        env=environment({}),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT):
        while len(await ids(letters)) > len(before) - 2:
            await asyncio.sleep(0.01)
        replay.send_signal(signal.SIGINT)
        printed, _ = await replay.communicate()
    assert replay.returncode == 130
    moved = await letters.drained()
    assert printed.decode() == f"replayed: {len(moved)} messages\n"
    assert moved + await bodies(letters) == before
    assert len(moved) < len(before)
