"""The cost of many chunks on TimescaleDB: `./run chunks`.

Renders a service and fills two databases with the same number of notifications, over 3 days and
over 300. A ratio near 1 means that the other days cost nothing.
"""

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.drill.servers import running
from tools.drill.stage import command
from tools.service import Service, environment, install, render

SCRIPT = Path(__file__).with_name("chunks_inside.py")
DAYS = (3, 300)


def main() -> None:
    """Print the medians of the look-ups on both."""
    folder = Path(tempfile.mkdtemp(prefix="shallot-chunks-"))
    try:
        service = render(folder / "service", {})
        install(service, "--group", "dev")
        asyncio.run(measure(service))
    finally:
        shutil.rmtree(folder)


async def measure(service: Service) -> None:
    """Fill the databases and run the measurement inside the service's own environment."""
    async with running(service) as servers:
        arguments = []
        for days in DAYS:
            url = await servers.database(f"days{days}")
            await command(service, {"DATABASE_URL": url}, "migrate")
            arguments += [str(days), url]
        python = service.command("python")
        await asyncio.to_thread(
            subprocess.run,
            [python, str(SCRIPT), *arguments],
            cwd=service.path,
            env=environment(),
            check=True,
        )


if __name__ == "__main__":
    main()
