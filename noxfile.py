"""The sessions of this repository. `./run SESSION` installs nox and uv."""

import os
import shutil
import sys
from pathlib import Path

import nox
from nox.virtualenv import UV

ROOT = Path(__file__).parent
# nox itself does not search this folder for `tests` and `tools`.
sys.path.insert(0, str(ROOT))

from tests.matrix import CASES  # noqa: E402 (after the path that it needs)

REPORTS = ROOT / "build" / "reports"
GROUPS = nox.project.load_toml("pyproject.toml")

# Some containers tell Python to write no bytecode. Then each of the many processes of the tests
# would compile all its imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]


@nox.session
def tests(session: nox.Session) -> None:
    """Run everything: this repository's own tests here, then the other sessions."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    install(session, "tests", "drill")
    for name in ("parallel", "chassis", "chaos", "summary"):
        session.notify(name, posargs=[])
    # A file stays whole, because its tests share a rendered project. `tests/conftest.py` says
    # which files begin first.
    options = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    options.append(f"--junitxml={REPORTS / 'template.xml'}")
    session.run("python", "-m", "pytest", *options, *session.posargs, env={"UV": UV})


@nox.session(venv_backend="none")
def parallel(session: nox.Session) -> None:
    """Run two groups of sessions at the same time: most of their steps keep one processor busy."""
    first, second, *rest = [f"generated({case})" for case in CASES]
    groups = (["lint", "image", first, second, "docs", "demo"], ["instructions", *rest])
    session.run(sys.executable, "-m", "tools.parallel", *map(",".join, groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Check formatting, rules, types, layers and prose; `template/` is checked in place."""
    install(session, "lint", "run", "tests", "drill")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("python", "-m", "tools.prose")
    session.run("python", "-m", "tools.in_place", env={"UV": UV})


@nox.session
@nox.parametrize("case", list(CASES), ids=list(CASES))
def generated(session: nox.Session, case: str) -> None:
    """Render one answer set; run the project's own check and tests."""
    install(session, "tests")
    session.run("python", "-m", "tools.generated", case, *session.posargs, env={"UV": UV})


@nox.session
def chassis(session: nox.Session) -> None:
    """Run the tests of the chassis in a service that has all of it; what follows goes to pytest."""
    install(session, "tests")
    session.run("python", "-m", "tools.chassis", *session.posargs, env={"UV": UV})


@nox.session
def attacks(session: nox.Session) -> None:
    """Attack a service that has everything, and show the table; what follows goes to pytest.

    `-- --page` also writes the table into the documentation.
    """
    install(session, "tests", "drill")
    session.run("python", "-m", "tools.attacks", *session.posargs, env={"UV": UV})


@nox.session
def image(session: nox.Session) -> None:
    """Build the service's image by hand and run it; no container engine is needed."""
    install(session, "image")
    session.run("python", "-m", "tools.image", env={"UV": UV})


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site; a warning is an error, and so is a foreign script."""
    install(session, "docs")
    session.run("python", "-m", "tools.site")


@nox.session
def demo(session: nox.Session) -> None:
    """Generate a service, send it notifications, watch them stream; `-- --keep` leaves it up."""
    install(session, "demo")
    # After Ctrl-C the service drains and its folder is removed: nox must wait for that.
    session.run(
        "python", "-m", "tools.demo", *session.posargs, env={"UV": UV}, interrupt_timeout=30
    )


@nox.session
def drill(session: nox.Session) -> None:
    """Take real servers away from generated services; `-- NAME --count N` runs one, smaller.

    `--seconds S` shortens the long outages.
    """
    install(session, "drill")
    session.run("python", "-m", "tools.drill", *session.posargs, env={"UV": UV})


@nox.session
def chaos(session: nox.Session) -> None:
    """Inject faults into a generated service under load; `-- --minutes 60` for long, `-- --help`.

    `-- mutants` breaks the service on purpose, in one way after the other, and finds each.
    `-- cluster` has three nodes of RabbitMQ, and replaces replicas one by one.
    `-- page` puts the tables of the last runs into the documentation.
    """
    install(session, "drill")
    module, *options = ["tests.chaos", *session.posargs]
    if options[:1] in (["mutants"], ["cluster"], ["page"]):
        module, options = f"tests.chaos.{options[0]}", options[1:]
    session.run("python", "-m", module, *options, env={"UV": UV})


@nox.session
def contract(session: nox.Session) -> None:
    """Check running services against their OpenAPI document, by schemathesis; `-- --help`."""
    install(session, "contract")
    session.run("python", "-m", "tools.contract", *session.posargs, env={"UV": UV})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Send hostile bytes to the decoders, guided by atheris; `-- NAME --seconds S` for one."""
    install(session, "render")
    session.run("python", "-m", "tools.fuzz", *session.posargs, env={"UV": UV})


@nox.session
def mutation(session: nox.Session) -> None:
    """Break the domain and the application in thousands of ways that unit tests must find."""
    install(session, "render")
    session.run("python", "-m", "tools.mutation", *session.posargs, env={"UV": UV})


@nox.session
def matrix(session: nox.Session) -> None:
    """Render every answer set and check the result; `-- --own-tests` runs their tests, too."""
    install(session, "tests", "demo")
    session.run("python", "-m", "tools.matrix", *session.posargs, env={"UV": UV})


@nox.session
def startup(session: nox.Session) -> None:
    """Measure the time and the memory until a service is ready."""
    install(session, "render")
    session.run("python", "-m", "benchmarks.startup", env={"UV": UV})


@nox.session
def chunks(session: nox.Session) -> None:
    """Compare look-ups on three chunks and on three hundred; needs the real servers."""
    install(session, "drill")
    session.run("python", "-m", "benchmarks.chunks", env={"UV": UV})


@nox.session
def bench(session: nox.Session) -> None:
    """Run every pair of `benchmarks/`, or one: `-- NAME [options]`, as its README lists them."""
    name, *options = session.posargs or ["pairs"]
    if name.startswith("-"):
        name, options = "pairs", session.posargs
    install(session, "drill")
    session.run("python", "-m", f"benchmarks.{name}", *options, env={"UV": UV})


@nox.session
def instructions(session: nox.Session) -> None:
    """Count the instructions of the hot paths; `-- --renew` writes the figures again."""
    install(session, "demo")
    session.run("python", "-m", "benchmarks.instructions", *session.posargs, env={"UV": UV})


@nox.session
def constraints(session: nox.Session) -> None:
    """Move the pins in `template/constraints.txt` to the newest allowed versions, and test them."""
    install(session, "tests")
    session.run("python", "-m", "tools.constraints", *session.posargs, env={"UV": UV})


@nox.session
def lowest(session: nox.Session) -> None:
    """Test services and the chassis with the lowest versions that are allowed; `-- CASE`."""
    install(session, "tests")
    session.run("python", "-m", "tools.versions", "lowest", *session.posargs, env={"UV": UV})


@nox.session
def newest(session: nox.Session) -> None:
    """Test services and the chassis with the newest versions that are allowed; `-- CASE`."""
    install(session, "tests")
    session.run("python", "-m", "tools.versions", "newest", *session.posargs, env={"UV": UV})


@nox.session
def workflows(session: nox.Session) -> None:
    """Run the commands of a service's continuous integration here; `-- github` for one system."""
    install(session, "tests")
    session.run("python", "-m", "tools.workflows", *session.posargs, env={"UV": UV})


@nox.session
def update(session: nox.Session) -> None:
    """Update edited services of the last releases to the working tree; `-- --whole`."""
    install(session, "drill")
    session.run("python", "-m", "tools.updates", *session.posargs, env={"UV": UV})


@nox.session(venv_backend="none")
def release(session: nox.Session) -> None:
    """Date the changelog, commit and tag: `-- 0.2.0`."""
    session.run(sys.executable, "-m", "tools.release", *session.posargs)


@nox.session
def cookiecutter(session: nox.Session) -> None:
    """Write `cookiecutter.json`, from the questions that Copier asks."""
    install(session, "render")
    session.run("python", "-m", "tools.cookiecutter")


@nox.session
def dashboards(session: nox.Session) -> None:
    """Write the Grafana dashboards, from the tables in `tools/dashboards`."""
    install(session, "tests")
    session.run("python", "-m", "tools.dashboards")


@nox.session(venv_backend="none")
def summary(session: nox.Session) -> None:
    """Add up the tests that the other sessions ran."""
    session.run(sys.executable, "-m", "tools.summary")


def install(session: nox.Session, *groups: str) -> None:
    """Install dependency groups of `pyproject.toml`."""
    session.install(*nox.project.dependency_groups(GROUPS, *groups))
