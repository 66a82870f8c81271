"""`rotation`: the secrets of two replicas change in turn under load; no request fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx

from tools.drill import look
from tools.drill.rotation.calling import LIFE, Callers, Signer
from tools.drill.rotation.files import SecretFiles, fresh
from tools.drill.rotation.postgresql import Roles
from tools.drill.rotation.rabbitmq import User
from tools.drill.stage import Stage
from tools.drill.table import show
from tools.drill.verdict import Verdict
from tools.process import Process

TIMES = 3
REPLICAS = 2
# Seconds between a change on a server and the one in the file.
GAP = 1.0
NAMES = ("DATABASE_URL", "BROKER_URL", "AUTH_JWT_KEY")
PATIENCE = 60.0

Round = Callable[[], Awaitable[tuple[float, int]]]


class Rotation:
    """One deployment, whose secrets are in files."""

    def __init__(self, stage: Stage, database: str, broker: str) -> None:
        self.files = SecretFiles(stage.folder / f"{stage.name}-secrets")
        self.roles, self.user = Roles(database), User(broker)
        self.signer = Signer(fresh())
        self.processes: list[Process] = []
        self.callers = Callers([], self.signer)
        self.role = self.roles.names[0]

    async def begin(self) -> None:
        """Create the accounts, and the files with their first secrets."""
        password = fresh()
        await self.roles.create(password)
        await self.user.create(password)
        self.files.write("DATABASE_URL", self.roles.login(self.role, password))
        self.files.write("BROKER_URL", self.user.login(password))
        self.files.write("AUTH_JWT_KEY", self.signer.key)

    async def one_role(self) -> tuple[float, int]:
        """Change the password on the server, then in the file; a burst in between must wait."""
        password = fresh()
        ended = await self.roles.end_idle(await self.roles.now())
        await self.roles.change(self.role, password)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.callers.burst())
            await asyncio.sleep(GAP)
            before = await self.roles.now()
            self.files.write("DATABASE_URL", self.roles.login(self.role, password))
        seconds, more = await self.roles.replaced(before)
        return seconds, ended + more

    async def two_roles(self) -> tuple[float, int]:
        """Change the password of the role that is not in use, then the role."""
        old, password = self.role, fresh()
        (self.role,) = {*self.roles.names} - {old}
        await self.roles.change(self.role, password)
        before = await self.roles.now()
        self.files.write("DATABASE_URL", self.roles.login(self.role, password))
        replaced = await self.roles.replaced(before)
        if left := await self.roles.sessions(old):
            raise RuntimeError(f"{left} sessions of {old} are left")
        return replaced

    async def broker(self) -> tuple[float, int]:
        """Change the password on the server, then in the file; close all connections."""
        password = fresh()
        await self.user.change(password)
        await asyncio.sleep(GAP)
        self.files.write("BROKER_URL", self.user.login(password))
        return await self.user.replaced()

    async def key(self) -> tuple[float, int]:
        """Add a key, sign with it, remove the old one once its tokens have expired."""
        old, new = self.signer.key, fresh()
        for keys in ((old, new), (new, old)):
            await self._publish(keys)
            self.signer.key = keys[0]
        await asyncio.sleep(LIFE + 1)
        await self._publish((new,))
        stale = Signer(old).token(60)
        for process in self.processes:
            if await _status(process, stale) != 401 or await _status(process, _good(new)) != 200:
                raise RuntimeError("a replica has not taken the new key alone")
        return LIFE + 1.0, 0

    async def _publish(self, keys: Sequence[str]) -> None:
        before = [process.told["keys renewed"] for process in self.processes]
        self.files.write("AUTH_JWT_KEY", keys)
        async with asyncio.timeout(PATIENCE):
            while any(
                process.told["keys renewed"] == count
                for process, count in zip(self.processes, before, strict=True)
            ):
                await asyncio.sleep(0.1)


async def rotation(stage: Stage, times: int = TIMES) -> bool:
    """Rotate the password of the database in two ways, that of the broker, and the key."""
    service = stage.service("drill", ["producer", "consumer"])
    given = await stage.settings(service)
    # The operator's, which do not change.
    database, broker = given["DATABASE_URL"], given["BROKER_URL"]
    on = Rotation(stage, database, broker)
    await on.begin()
    settings = on.files.settings({**given, "AUTH": "jwt"}, *NAMES)
    on.processes = [await stage.serve(service, settings) for _ in range(REPLICAS)]
    on.callers = callers = Callers([process.url for process in on.processes], on.signer)
    rounds: dict[str, Round] = {
        "database, one role": on.one_role,
        "database, two roles": on.two_roles,
        "broker": on.broker,
        "key of tokens": on.key,
    }
    rows = []
    async with callers.calling():
        for number in range(1, times + 1):
            for name, play in rounds.items():
                requests, failed = callers.requests, sum(callers.failed.values())
                seconds, ended = await play()
                failed = sum(callers.failed.values()) - failed
                rows.append((number, name, seconds, ended, callers.requests - requests, failed))
    columns = ("round", "secret", "seconds until all is new", "ended", "requests", "failed")
    show(f"{stage.name}: {REPLICAS} replicas, {times} times", columns, rows)
    verdict = Verdict(f"{stage.name}: secrets change under load")
    verdict.equal("requests that failed", callers.failed, {})
    verdict.holds("accepted", len(callers.accepted) > 0, len(callers.accepted))
    emptied = await look.drained(given, given["BROKER_QUEUE"])
    verdict.holds("outbox and queue are empty in the end", emptied)
    journal = await look.ids(database, "journal")
    verdict.equal("lost", len(set(callers.accepted) - journal.keys()), 0)
    twice = [identity for identity in callers.accepted if journal[identity] > 1]
    verdict.equal("twice in the journal", len(twice), 0)
    renewed = [process.told["login renewed"] for process in on.processes]
    verdict.holds("logins renewed, by replica", all(count >= times for count in renewed), renewed)
    return verdict.show()


def _good(key: str) -> str:
    return Signer(key).token()


async def _status(process: Process, token: str) -> int:
    async with httpx.AsyncClient() as http:
        headers = {"authorization": f"Bearer {token}"}
        answer = await http.get(f"{process.url}/notifications?size=1&page=1", headers=headers)
        return answer.status_code
