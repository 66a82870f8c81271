"""Server: nginx of `deploy/server` in front of two replicas, streams through it, and a redeploy."""

import asyncio
from contextlib import AsyncExitStack

from tools.drill import look
from tools.drill.over.grpc import messages
from tools.drill.replica import Replica
from tools.drill.server.followers import Call, EventSource, Follower, Session, Socket
from tools.drill.server.front import fronted
from tools.drill.server.load import Load
from tools.drill.stage import Stage, command
from tools.drill.verdict import Verdict
from tools.service import install, render

SECONDS = 60.0
TIMES = 3
TRANSPORTS = ("http", "tcp", "grpc")
# Both replicas work as in production: nginx ends TLS in front of plain text on loopback.
SETTINGS = {
    "ENVIRONMENT": "production",
    "AUTH": "jwt",
    "AUTH_JWT_KEY": "0f7c2a5e9b1d4386a4c8e2f06b9d1357c3a5e7092b4d6f8013579bdf02468ace",
    "SHUTDOWN_GRACE": "10",
}


async def server(stage: Stage, seconds: float = SECONDS, times: int = TIMES) -> bool:
    """Follow streams for `seconds`, then restart each replica `times`; all under load."""
    answers = {
        "project_name": "served",
        "roles": ["producer", "consumer"],
        "transports": TRANSPORTS,
        "deploy": ["server"],
    }
    service = await asyncio.to_thread(render, stage.folder / "served", answers)
    await asyncio.to_thread(install, service, "--group", "dev")
    settings = await stage.settings(service, **SETTINGS)
    who = ("token", "drill", "--scope", "notifications:admin", "--expires", "1d")
    token = (await command(service, settings, *who)).strip()
    replicas = [Replica(stage, settings, "", TRANSPORTS) for _ in range(2)]
    for replica in replicas:
        await replica.become(service)
    verdict = Verdict(f"{stage.name}: nginx in front of two replicas, under load")
    async with fronted(service, [each.ports for each in replicas]) as front:
        words = messages(service.path)
        busy: dict[str, Follower] = {
            "server-sent events": EventSource(front, token),
            "WebSocket": Socket(front, token),
            "gRPC": Call(front, token, "", words),
            "TCP": Session(front, token),
        }
        # Their only items are heartbeats.
        idle: dict[str, Follower] = {
            "idle server-sent events": EventSource(front, token, "nobody"),
            "idle WebSocket": Socket(front, token, "nobody"),
            "idle gRPC": Call(front, token, "nobody", words),
            "idle TCP": Session(front, token, "nobody"),
        }
        async with AsyncExitStack() as following:
            for follower in (*busy.values(), *idle.values()):
                await following.enter_async_context(follower.following())
            load = Load(front, token, words)
            async with load.calling():
                await asyncio.sleep(seconds)
                for name, follower in {**busy, **idle}.items():
                    verdict.equal(f"cuts in {seconds:.0f} s: {name}", [*follower.cuts], [])
                for name, follower in idle.items():
                    beats = follower.heartbeats
                    verdict.holds(f"heartbeats: {name}", beats >= seconds // 15, beats)
                before = load.answers.total()
                codes = []
                for instance in (1, 2) * times:
                    with front.drained(instance):
                        await asyncio.sleep(1)
                        codes.append(await replicas[instance - 1].become(service))
            verdict.holds("requests before the redeploy", before > 0, before)
            during = load.answers.total() - before
            verdict.holds(f"requests during {len(codes)} restarts", during > 0, during)
            verdict.equal("exit codes", codes, [0] * len(codes))
            verdict.equal("failed requests", load.failed or 0, 0)
            for name, follower in busy.items():
                await follower.saw(load.accepted)
                once = sum(follower.seen[identity] == 1 for identity in load.accepted)
                verdict.equal(f"seen once each: {name}", once, len(load.accepted))
                verdict.holds("  resumed after a restart", bool(follower.cuts), len(follower.cuts))
        await look.stored(settings["DATABASE_URL"], len(load.accepted))
        found = await look.ids(settings["DATABASE_URL"], "notifications")
        kept = sum(found[identity] == 1 for identity in load.accepted)
        verdict.equal("stored once each", kept, len(load.accepted))
        errors = (front.logs / "nginx-error.log").read_text().splitlines()
        serious = [line for line in errors if "[crit]" in line or "[alert]" in line]
        verdict.equal("serious lines in nginx's log", serious[:3], [])
    return verdict.show()
