"""Fresh root: the programs of `deploy/server` in a new Debian 13 system, each twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tools.drill.server.front import make_certificate
from tools.drill.server.root import Root, entered, make
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.service import render

ANSWERS = {
    "project_name": "fresh",
    "roles": ["producer", "consumer"],
    "transports": ["http", "tcp", "grpc"],
    "deploy": ["server"],
}
SETUP = "/opt/project/deploy/server/setup"
REDEPLOY = "/opt/project/deploy/server/redeploy"
RENEW = "/srv/fresh/current/deploy/server/renew"
TOKEN = (
    "cd /srv/fresh/current && AUTH=jwt AUTH_JWT_KEY_FILE=/etc/fresh/secrets/auth_jwt_key "
    ".venv/bin/fresh token drill --scope notifications:admin --expires 1d"
)
SERVED = (
    "openssl s_client -connect 127.0.0.1:443 -servername api.example.org </dev/null 2>/dev/null | "
    "openssl x509 -noout -serial"
)
OPEN = "find /etc/fresh /srv/fresh /var/log/fresh /run/fresh ! -type l -perm /o+w | head"


async def fresh_root(stage: Stage) -> bool:
    """Set up, redeploy, roll back and renew, twice each; callers meanwhile fail no request."""
    project = stage.folder / "fresh"
    await asyncio.to_thread(render, project, ANSWERS)
    folder = stage.folder / "root"
    await make(folder, project)
    verdict = Verdict(f"{stage.name}: the programs of deploy/server")
    async with entered(folder) as root:
        seen: set[str] = set()
        async with _watched(folder, seen):
            await _done(verdict, root, SETUP)
            said = await _done(verdict, root, SETUP)
            verdict.equal("files written by the second setup", said.count(" written"), 0)
            await _done(verdict, root, REDEPLOY, "service")
            _, token = await root.run("sh", "-c", TOKEN)
            where = (str(folder), "fresh", "example.org", str(project))
            callers = await root.calling(*where)
            assert callers.stdin
            callers.stdin.write(token.strip().encode() + b"\n")
            await _done(verdict, root, REDEPLOY, "all")
            await _done(verdict, root, REDEPLOY, "rollback")
            code, said = await root.run(REDEPLOY, "rollback")
            verdict.equal("rollback without an older release", code, 1)
            verdict.holds("  says", "there is no release before" in said, said.strip())
            _, releases = await root.run(REDEPLOY, "list")
            (newest, *_) = releases.split()
            await _done(verdict, root, REDEPLOY, "rollback", newest)
            await _done(verdict, root, REDEPLOY, "rollback")
            told, _ = await callers.communicate()
            await _renewed(verdict, root)
        answers = json.loads(told)
        verdict.holds("accepted meanwhile", answers["accepted"] > 0, answers["accepted"])
        verdict.equal("failed requests", answers["failed"], {})
        verdict.equal("secrets in the arguments of a process", sorted(seen), [])
        verdict.equal("files that all may write", (await root.run("sh", "-c", OPEN))[1], "")
    return verdict.show()


async def _done(verdict: Verdict, root: Root, *command: str) -> str:
    code, said = await root.run(*command)
    name = " ".join([Path(command[0]).name, *command[1:]])
    verdict.equal(name, code, 0)
    if code:
        print(said[-2000:])
    return said


async def _renewed(verdict: Verdict, root: Root) -> None:
    """Let the hook of certbot use a certificate that is there as after a renewal."""
    live = root.folder / "etc" / "letsencrypt" / "live" / "example.org"
    live.mkdir(parents=True)
    make_certificate(live / "fullchain.pem", ["DNS:api.example.org"])
    (live / "fullchain.key").rename(live / "privkey.pem")
    _, before = await root.run("sh", "-c", SERVED)
    for _ in range(2):
        await _done(verdict, root, RENEW, "use")
    _, after = await root.run("sh", "-c", SERVED)
    verdict.holds("nginx serves the new certificate", before != after != "", after.strip())


@asynccontextmanager
async def _watched(folder: Path, seen: set[str]) -> AsyncIterator[None]:
    """Look for secrets among the arguments of all processes, for as long as the block lasts."""

    async def watch() -> None:
        while True:
            secrets = _secrets(folder)
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    line = path.read_bytes()
                    seen.update(name for name, secret in secrets.items() if secret in line)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()


def _secrets(folder: Path) -> dict[str, bytes]:
    """Return the secrets that are there; a URL has its password before the @."""
    found = {}
    for path in (folder / "etc" / "fresh" / "secrets").glob("[a-z]*"):
        text = path.read_text().strip()
        found[path.name] = text.partition("@")[0].rpartition(":")[2].encode()
    return {name: secret for name, secret in found.items() if secret}
