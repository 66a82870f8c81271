"""Asks services whatever their OpenAPI documents allow or forbid: `python -m tools.contract`."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tools.contract.deployments import DEPLOYMENTS
from tools.contract.hold import hold
from tools.service import install, render

EXAMPLES = 30
SEED = 1


def main() -> int:
    """Return 0 where every answer was as the document says."""
    parser = argparse.ArgumentParser(prog="contract", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *DEPLOYMENTS], help="which deployments")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="requests of each kind")
    parser.add_argument("--seed", type=int, default=SEED, help="what the requests are drawn from")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shallot-contract-"))
    try:
        return asyncio.run(
            run(options.name or list(DEPLOYMENTS), folder, options.examples, options.seed)
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def run(names: list[str], folder: Path, examples: int, seed: int) -> int:
    """Ask one service in each of these deployments, one after the other."""
    service = render(folder / "contract", {"project_name": "contract"})
    install(service, "--group", "dev")
    failed = []
    for name in names:
        async with DEPLOYMENTS[name](service, folder) as process:
            if not await hold(process.url, name, examples, seed):
                print("\n".join(process.lines), file=sys.stderr)
                failed.append(name)
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
