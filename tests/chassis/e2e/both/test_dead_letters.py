"""Dead letters of a running service, and `dead-letters` in another process."""

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.application.notification.mapping import to_event
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.chassis.e2e.stored import stored
from tests.e2e.process import TIMEOUT, all_listed, run, serving
from tests.unit.support import make_notification

POISON = b'{"specversion": "1.0", "id": '


async def test_poison_is_dead_lettered_shown_and_dead_lettered_again(tmp_path: Path) -> None:
    async with serving(tmp_path), stored(tmp_path) as file:
        await file.publish(POISON)
        [dead_letter] = await until(file.dead_letters, bool)
        assert dead_letter.body == POISON

        listed = json.loads((await command(tmp_path, "list", "--json")).stdout)
        [message] = listed["messages"]
        assert message["id"] == dead_letter.id
        assert message["reason"].startswith("undecodable: ")
        shown = await command(tmp_path, "show", dead_letter.id)
        assert POISON.decode() in shown.stdout

        ended = await command(tmp_path, "replay", "--all")
        assert (ended.returncode, ended.stdout) == (0, "replayed: 1 message\n"), ended

        def again(letters: list[DeadLetterMessage]) -> bool:
            return [letter.body for letter in letters if letter.id != dead_letter.id] == [POISON]

        letters = await until(file.dead_letters, again)
        assert len(letters) == 1


async def test_what_can_be_handled_by_now_becomes_a_notification(tmp_path: Path) -> None:
    notification = make_notification()
    body = CloudEventsCodec("/elsewhere").encode(to_event(notification)).body
    async with serving(tmp_path) as process, stored(tmp_path) as file:
        await file.add(body, "failed: a handler that has been mended since")
        await file.add(POISON, "undecodable: truncated")

        ended = await command(tmp_path, "replay", "--reason", "failed")
        assert (ended.returncode, ended.stdout) == (0, "replayed: 1 message\n"), ended

        listed = await until(lambda: all_listed(process.url), bool)
        assert listed == [str(notification.id)]
        assert [letter.body for letter in await file.dead_letters()] == [POISON]


async def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `dead-letters` with these arguments."""
    return await asyncio.to_thread(run, folder, "dead-letters", *arguments)


async def until[T](ask: Callable[[], Awaitable[T]], enough: Callable[[T], bool]) -> T:
    """Ask again and again until the answer is `enough`, and return it."""
    async with asyncio.timeout(TIMEOUT):
        while not enough(found := await ask()):
            await asyncio.sleep(0.02)
    return found
