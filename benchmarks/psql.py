"""SQL by psql, PostgreSQL's own client, in one session with its own clock."""

import asyncio
import re
import shutil

_TIME = re.compile(r"^Time: ([\d.]+) ms", re.MULTILINE)


async def milliseconds(url: str, sql: str, times: int) -> list[float]:
    """Return how long each of so many runs of `sql` took; one run before them does not count.

    Raises `RuntimeError` where psql fails.
    """
    if shutil.which("psql") is None:
        raise SystemExit("psql is not installed: `apt-get install postgresql-client`")
    child = await asyncio.create_subprocess_exec(
        *("psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"),
        url.replace("+asyncpg", ""),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    script = "\\timing on\n" + f"{sql};\n" * (times + 1)
    output, _ = await child.communicate(script.encode())
    found = [float(time) for time in _TIME.findall(output.decode())]
    if child.returncode or len(found) != times + 1:
        raise RuntimeError(f"psql failed: {output.decode()}")
    return found[1:]
