"""The demonstration: a service is generated, started, and shows what it streams.

python -m tools.demo [--keep]
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live

from tools.demo_client import Traffic
from tools.demo_view import feed, summary
from tools.process import Process, StartError, start
from tools.service import Service, install, render

SINGLES = 40
BATCHES, BATCH = 20, 100

console = Console(highlight=False)


def main() -> int:
    """Return 0 where every notification that was accepted came out of the stream, once."""
    parser = argparse.ArgumentParser(prog="demo", description="Show a generated service at work.")
    parser.add_argument("--keep", action="store_true", help="leave the service up, until Ctrl-C")
    keep = parser.parse_args().keep
    folder = Path(tempfile.mkdtemp(prefix="shallot-demo-"))
    try:
        return asyncio.run(demonstrate(prepare(folder / "my-service"), keep))
    except StartError as problem:
        console.print(problem)
        return 1
    except KeyboardInterrupt:
        return 0 if keep else 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(path: Path) -> Service:
    """Generate a service with the default answers and install it."""
    console.print("\n[bold magenta]Shallot[/] — from nothing to a live stream\n")
    begun = time.perf_counter()
    service = render(path, {})
    count = sum(1 for found in path.rglob("*") if found.is_file())
    done("generated", f"{count} files in four onion layers, with the default answers", begun)
    begun = time.perf_counter()
    install(service)
    packages, megabytes = weigh(path / ".venv")
    done("installed", f"{packages} packages, {megabytes} MB, in an environment of its own", begun)
    return service


def weigh(environment: Path) -> tuple[int, int]:
    """Return how many packages an environment has, and how many megabytes."""
    sizes = (found.stat().st_size for found in environment.rglob("*") if found.is_file())
    return len(list(environment.rglob("*.dist-info"))), round(sum(sizes) / 1e6)


async def demonstrate(service: Service, keep: bool) -> int:
    """Start the service, send notifications, show them arrive, stop it."""
    begun = time.perf_counter()
    async with start(service) as process:
        done("started", f"SQLite, memory broker, at {process.url}", begun)
        traffic = Traffic(process.url)
        await show(traffic)
        console.print()
        console.print(summary(traffic))
        if keep:
            await stay_up(process)
    clean = process.exit_code == 0
    console.print(
        f"{'[green]✓' if clean else '[red]✗'}[/] stopped, exit code {process.exit_code}\n"
    )
    return 0 if clean and traffic.complete else 1


async def show(traffic: Traffic) -> None:
    """Let single notifications trickle, then a flood of batches, before the reader's eyes."""
    planned = SINGLES + BATCHES * BATCH
    with Live(console=console, auto_refresh=False) as live:

        async def refresh() -> None:
            while True:
                live.update(feed(traffic, planned), refresh=True)
                await asyncio.sleep(1 / 15)

        async with traffic.listening():
            refreshing = asyncio.create_task(refresh())
            await traffic.trickle(SINGLES)
            await traffic.flood(BATCHES, BATCH)
            await traffic.count_stored()
            refreshing.cancel()
        live.update(feed(traffic, planned), refresh=True)


async def stay_up(process: Process) -> None:
    """Say where the service is and wait for Ctrl-C."""
    console.print(f"\n  stream   [cyan]curl -N {process.url}/stream[/]")
    console.print(f"  schema   [cyan]{process.url}/schema[/]")
    console.print(f"  health   [cyan]{process.ops_url}/readyz[/]")
    console.print("\n  [dim]Ctrl-C stops it.[/]")
    await asyncio.Event().wait()


def done(step: str, what: str, begun: float) -> None:
    """Print one finished step with the time it took."""
    took = time.perf_counter() - begun
    console.print(f"[green]✓[/] [bold]{step:<10}[/] {what} [dim]({took:.1f} s)[/]")


if __name__ == "__main__":
    sys.exit(main())
