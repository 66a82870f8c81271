"""Lets faults strike a cluster of three RabbitMQ nodes, and replicas that are replaced one by one.

Ends with 1 where anything is lost, comes twice, or needed a hand. The history and the report are in
`build/chaos`.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.__main__ import FOLDER, SEED
from tests.chaos.checker import Checked
from tests.chaos.cluster.cluster import lacks, running
from tests.chaos.cluster.faults import FAULTS
from tests.chaos.cluster.following import following
from tests.chaos.cluster.scene import Scene
from tests.chaos.outcome import exit_code
from tests.chaos.run import RATE, Run, play
from tests.chaos.service import make_service
from tests.chaos.world import Lengths
from tools.drill import servers as drill

SECONDS = 120.0
# The longest is well beyond the time after which nodes take each other for down.
LENGTHS = Lengths(usual=7.0, longest=30.0, share=0.1)


class ClusterRun(Run):
    """A run whose faults last as long as those of a cluster have to."""

    @property
    def lengths(self) -> Lengths:
        """How long its faults last."""
        return LENGTHS


def main() -> int:
    """Return 0 where all that must hold holds."""
    options = _parser().parse_args()
    if options.list:
        print("\n".join(FAULTS))
        return 0
    faults = [FAULTS[name] for name in options.only or FAULTS]
    planned = ClusterRun(options.seed, options.seconds, faults, options.rate)
    return exit_code(planned, run(planned), "cluster ")


async def run(planned: Run) -> Checked:
    """Play it on a cluster, and on servers, of its own."""
    if missing := lacks():
        raise drill.MissingError(f"a cluster needs {missing}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shallot-cluster-"))
    try:
        service = make_service(folder / "service")
        version = following(service, folder / "following")
        nodes = folder / "nodes"
        nodes.mkdir()
        async with (
            drill.running(service, "postgresql", "redis") as servers,
            running(nodes, random.Random(planned.seed)) as cluster,
        ):
            servers.settings["BROKER_URL"] = cluster.url
            scene = Scene(cluster, version)
            return await play(planned, "cluster", service, servers, FOLDER, scene)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long faults strike")
    parser.add_argument("--seed", type=int, default=SEED, help="what is drawn by chance")
    parser.add_argument("--rate", type=float, default=RATE, help="items a second")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=[], metavar="FAULT")
    parser.add_argument("--list", action="store_true", help="list the faults")
    return parser


if __name__ == "__main__":
    sys.exit(main())
