"""An SQLite file that is put back, or removed: no stream is silent, no 202 is for nothing."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tools.client.poster import Poster
from tools.drill.failover import reset, sent
from tools.drill.stage import Stage, command
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict
from tools.process import free_port

COUNT = 200
BEFORE = 20
NEW = 50


async def restore(stage: Stage, count: int = COUNT) -> bool:
    """One process on a file; the subscriber comes back to it each time with its cursor."""
    verdict = Verdict(f"a backup is put back that lacks {count:,} notifications")
    service = stage.service("drill", ["producer", "consumer"])
    file = stage.folder / "restored" / "app.db"
    backup = file.with_name("backup.db")
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{file}",
        "HTTP_PORT": str(free_port()),
    }
    process = await stage.serve(service, settings)
    subscriber, url = Subscriber(process.url), process.url
    async with subscriber.following():
        await sent([url], BEFORE, [subscriber])
        copy(file, backup)
        await sent([url], count, [subscriber])
    await process.end()
    for path in (file, *file.parent.glob(f"{file.name}-*")):
        path.unlink()
    copy(backup, file)
    await command(service, settings, "journal", "new-epoch")

    process = await stage.serve(service, settings)
    async with subscriber.following():
        verdict.holds("put back while it was stopped: a reset", await reset([subscriber], 1))
        await sent([url], NEW, [subscriber])
        copy(file, backup)
        await sent([url], count, [subscriber])
        copy(backup, file)
        verdict.holds("restored into the open file: a reset", await reset([subscriber], 2))
        await sent([url], NEW, [subscriber])
        verdict.equal("resets", subscriber.resets, 2)

        file.unlink()
        verdict.equal("answer without a file", await status(url), 503)
        backup.replace(file)
        verdict.equal("answer next to another file", await status(url), 503)
    await process.end()
    await command(service, settings, "journal", "new-epoch")
    process = await stage.serve(service, settings)
    verdict.equal("answer after a restart", await status(url), 202)
    return verdict.show()


async def status(url: str) -> int:
    """Register one, once, and return the status."""
    body = json.dumps({"receiver": "ada", "action_type": "drilled"}).encode()
    return (await Poster(url, connections=1).post(body)).status


def copy(source: Path, target: Path) -> None:
    """Copy one database into another, as the backup command of the `sqlite3` program does."""
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)
