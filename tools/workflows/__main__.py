"""Runs each command of a service's continuous integration.

    python -m tools.workflows [SYSTEM] [--job NAME]

A job runs in a clone of a generated service, with PostgreSQL, RabbitMQ and Redis of this machine
instead of containers. The service comes from an older version of the template, so an update has
something to propose. The end is a table.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tools.service import install
from tools.updates.case import generate
from tools.updates.history import NEXT, commit, make_history
from tools.workflows.jobs import Job, read_jobs
from tools.workflows.machine import Machine, reason_to_skip
from tools.workflows.servers import run_servers

SYSTEMS = ("github", "gitlab")


@dataclass(frozen=True)
class Result:
    """A command, its time in seconds, and how it ended."""

    job: Job
    command: str
    seconds: float
    outcome: str

    @property
    def is_failure(self) -> bool:
        """Whether it ran and failed."""
        return self.outcome.startswith("exit code")


def main(systems: list[str], part: str) -> int:
    """Run the jobs whose names contain `part`; return 0 if no command fails."""
    with tempfile.TemporaryDirectory(prefix="shallot-workflows-") as name, ExitStack() as opened:
        folder = Path(name)
        template = folder / "template"
        make_history(template)
        results = []
        for system in systems:
            service = generate(template, NEXT, folder / system, {"ci": system})
            install(service, "--group", "dev")
            settings = opened.enter_context(run_servers(service))
            later(template, system)
            for job in (job for job in read_jobs(service.path) if part in job.name):
                here = folder / "jobs" / system / job.name.replace(": ", "-").replace(" ", "-")
                results += run_job(job, Machine(job, here, service.path, settings))
    print(table(results))
    return int(any(each.is_failure for each in results))


def later(template: Path, system: str) -> None:
    """Release a version of the template with one more change."""
    file = template / "template" / "docs" / "guide.md"
    file.write_text(f"{file.read_text()}\nLater, for {system}.\n")
    commit(template, "later", f"{1001 + SYSTEMS.index(system)}.0.0")


def run_job(job: Job, machine: Machine) -> list[Result]:
    """Run the commands of a job, one after the other, until one fails."""
    results: list[Result] = []
    for step in job.steps:
        if results and results[-1].is_failure:
            break
        begun = time.monotonic()
        outcome = reason_to_skip(step.command) or machine.run(step)
        result = Result(job, step.command, time.monotonic() - begun, outcome)
        print(f"{job.system} {job.name}: {step.command}: {outcome}", flush=True)
        results.append(result)
    return results


def table(results: list[Result]) -> str:
    """Return the results as a table of Markdown."""
    lines = ["| system | job | command | seconds | outcome |", "|---|---|---|---|---|"]
    for it in results:
        command = it.command.replace("|", "\\|")
        lines.append(
            f"| {it.job.system} | {it.job.name} | `{command}` | {it.seconds:.1f} | {it.outcome} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="workflows", description=__doc__)
    parser.add_argument("systems", nargs="*", choices=[[], *SYSTEMS], metavar="SYSTEM")
    parser.add_argument("--job", default="", help="only jobs whose names contain this")
    options = parser.parse_args()
    sys.exit(main(options.systems or list(SYSTEMS), options.job))
