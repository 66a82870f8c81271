"""Breaks a service's domain and application, for its unit tests to find: `-m tools.mutation`.

It takes an hour or two. With `--folder` it goes on where an earlier run there was broken off.
"""

import argparse
import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.matrix import CASES
from tools.chassis import CASE, add_chassis_tests
from tools.mutation.score import LEAST, explained, score, table, unexplained
from tools.mutation.verdicts import read
from tools.service import TESTED, Service, environment, install, pip_install, render

CONFIGURATION = Path(__file__).with_name("setup.cfg")
COLLECTED_IDS = Path(__file__).with_name("collected_ids.py")
MUTMUT = "mutmut>=3.8,<4"


def main() -> int:
    """Return 0 where the score is as high as it must be."""
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("pattern", nargs="*", help="such as 'chassis.domain.*': these alone, anew")
    parser.add_argument("--folder", type=Path, help="where the project is, or goes and stays")
    parser.add_argument("--children", type=int, default=os.cpu_count(), help="how many at a time")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="shallot-mutation-"))
    try:
        service = prepared(folder / "mutation")
        check_ids(service)
        mutate(service, options.pattern, options.children)
        return judge(service.path, whole=not options.pattern)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def prepared(path: Path) -> Service:
    """Return the project that is there, or is now; its environment has mutmut, too."""
    if path.exists():
        return Service(path)
    service = render(path, {"project_name": "mutation", **CASES[CASE]})
    install(service, "--group", "dev")
    add_chassis_tests(service)
    pip_install(service, *TESTED, MUTMUT)
    shutil.copy(CONFIGURATION, path)
    return service


def check_ids(service: Service) -> None:
    """Raise `CalledProcessError` if mutmut would not find all of the tests by their ids."""
    configuration = configparser.ConfigParser()
    configuration.read(service.path / CONFIGURATION.name)
    options = configuration["mutmut"]
    arguments = [
        *options["pytest_add_cli_args"].split(),
        *options["pytest_add_cli_args_test_selection"].split(),
    ]
    command = [service.command("python"), str(COLLECTED_IDS), *arguments]
    subprocess.run(
        command, cwd=service.path, env=environment(), check=True, stdout=subprocess.DEVNULL
    )


def mutate(service: Service, patterns: list[str], children: int) -> None:
    """Try every mutant, or those that `patterns` name; those tried before are left alone.

    As the least important work of the machine.
    """
    command = [service.command("mutmut"), "run", "--max-children", str(children), *patterns]
    subprocess.run(["nice", "-n", "19", *command], cwd=service.path, env=environment(), check=True)


def judge(project: Path, *, whole: bool) -> int:
    """Print what became of the mutants.

    Return 1 where too many survived, or some of a whole run were not tried.
    """
    mutants = list(read(project))
    reasons = explained()
    left = unexplained(mutants, reasons)
    print(*left, sep="\n")
    print(table(mutants))
    print(f"{len(left)} survivors are not explained")
    broken_off = whole and any(mutant.verdict == "untried" for mutant in mutants)
    return 1 if broken_off or score(mutants) < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
