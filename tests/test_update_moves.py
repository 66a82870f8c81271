"""An update over moved files, with the template's own updater and with Copier alone."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment

from tests.updating import Slim, clone, task
from tools.releases import git
from tools.service import ROOT, UV, Service, environment
from tools.updates.case import generate
from tools.updates.history import commit

BODY = "".join(f"LINE_{number} = {number}\n" for number in range(20))
OLD = f"from app.domain.errors import Invalid\n\n{BODY}"
NEW = OLD.replace("app.domain", "chassis.domain").replace("= 17\n", "= 'theirs'\n")
CLOCK, ERRORS = "domain/clock.py", "domain/errors.py"
MINE = "from app.domain.clock import LINE_1\nfrom app.domain.mine import x\n"
EDITED = "src/app/domain/clock.py -> src/chassis/domain/clock.py"
TO = "--to=1001.0.0"


@pytest.fixture
def made(slim: Path, tmp_path: Path) -> Slim:
    """Return a service before a move, with edits, the user's own file, and a broken updater."""
    template = clone(slim, tmp_path / "template")
    made = Slim(template, Service(tmp_path / "service"))
    made.release("1000.2.0", **{f"src/app/{CLOCK}": OLD, f"src/app/{ERRORS}": "x = 1\n"})
    generate(template, "1000.2.0", made.project, {})
    made.edit(
        **{
            f"src/app/{CLOCK}": edited(OLD),
            "src/app/domain/mine.py": MINE,
            "scripts/update/__main__.py": "raise SystemExit('as old as can be')\n",
        }
    )
    known = (template / "moves.csv").read_text()
    moved = "".join(f"src/app/{path},src/chassis/{path}\n" for path in (CLOCK, ERRORS))
    (template / "moves.csv").write_text(known + moved)
    gone = {f"src/app/{path}": None for path in (CLOCK, ERRORS)}
    made.release(
        "1001.0.0", **gone, **{f"src/chassis/{CLOCK}": NEW, f"src/chassis/{ERRORS}": "x = 1\n"}
    )
    return made


def edited(text: str) -> str:
    """Return the text with one edited line."""
    return text.replace("LINE_2 = 2\n", "LINE_2 = 'ours'\n")


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a service, without a terminal."""
    return subprocess.run(
        command,
        cwd=project,
        env=environment() | {"COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_updater_of_a_clone_carries_everything_through_a_move(made: Slim) -> None:
    done = run(made.project, UV, "run", "--script", str(made.template / "update.py"), "--yes", TO)

    assert done.returncode == 0, done.stdout + done.stderr
    assert EDITED in done.stdout
    assert "  src/app/domain/mine.py\n" in done.stdout
    source = made.project / "src"
    assert sorted(path.relative_to(source).as_posix() for path in source.rglob("*.py")) == [
        "app/domain/mine.py",
        "chassis/domain/clock.py",
        "chassis/domain/errors.py",
    ]
    assert (source / "chassis" / CLOCK).read_text() == edited(NEW)
    assert (source / "app/domain/mine.py").read_text() == (
        "from app.domain.mine import x\nfrom chassis.domain.clock import LINE_1\n"
    )
    # Nothing is installed there.
    assert not (made.project / ".venv").exists()
    assert not git(made.project, "ls-files", "--others")


def test_the_updater_comes_straight_from_the_address_and_shows_what_it_would_do(
    made: Slim,
) -> None:
    address = f"git+file://{made.template}"

    done = run(
        made.project, UV, "tool", "run", "--from", address, "shallot-update", "--pretend", TO
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert EDITED in done.stdout
    assert "`copier update` alone would delete" in done.stdout
    assert made.status() == ""


def test_a_service_that_knows_the_table_has_it_in_its_own_task(made: Slim) -> None:
    git(made.project, "checkout", "--quiet", "HEAD~1", "--", "scripts")
    commit(made.project, "as the template has it")

    done = task(made.service, "--yes", "--no-checks", TO)

    assert done.returncode == 0, done.stdout + done.stderr
    assert (made.project / "src/chassis" / CLOCK).read_text() == edited(NEW)
    # Nothing is moved twice.
    commit(made.project, "updated")
    made.release("1001.1.0", **{"ruff.toml": "line-length = 90\n"})
    done = task(made.service, "--yes", "--no-checks", "--to=1001.1.0")
    assert "moved" not in done.stdout, done.stdout


def test_copier_alone_tells_what_to_run_before_it_loses_and_git_gets_it_back(made: Slim) -> None:
    copier = [sys.executable, "-W", "ignore", "-m", "copier"]
    done = run(made.project, *copier, "update", "--defaults", "--vcs-ref=1001.0.0")

    assert done.returncode == 0, done.stderr
    told = done.stderr.index(f"uvx --from git+file://{made.template} shallot-update")
    assert told < done.stderr.index("Updating to template version")
    assert "'ours'" not in (made.project / "src/chassis" / CLOCK).read_text()
    (undone,) = (line.strip() for line in done.stderr.splitlines() if "git reset" in line)

    assert run(made.project, "bash", "-c", undone).returncode == 0

    assert made.status() == ""
    assert (made.project / "src/app" / CLOCK).read_text() == edited(OLD)
    assert not (made.project / "src/chassis").exists()


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("gh:someone/shallot", "git+https://github.com/someone/shallot"),
        ("gl:someone/shallot.git", "git+https://gitlab.com/someone/shallot.git"),
        ("https://example.com/shallot.git", "git+https://example.com/shallot.git"),
        ("git+https://example.com/shallot", "git+https://example.com/shallot"),
        ("git@example.com:some/shallot.git", "git+ssh://git@example.com/some/shallot.git"),
        ("ssh://git@example.com:22/shallot", "git+ssh://git@example.com:22/shallot"),
        ("/srv/my shallot", "git+file:///srv/my%20shallot"),
    ],
)
def test_the_address_is_what_uvx_takes(source: str, address: str) -> None:
    text = (ROOT / "copier.yml").read_text().partition("\n---")[0]
    message = yaml.safe_load(text)["_message_before_update"]
    filters = "jinja2_ansible_filters.AnsibleCoreFiltersExtension"
    said = Environment(extensions=[filters]).from_string(message)

    assert f"uvx --from {address} shallot-update" in said.render(
        _copier_answers={"_src_path": source}
    )


def test_the_script_and_the_command_need_the_same() -> None:
    script = (ROOT / "update.py").read_text().partition("# ///\n\n")[0]
    project = (ROOT / "pyproject.toml").read_text()
    for line in script.splitlines():
        name, separator, value = line.removeprefix("# ").partition(" = ")
        assert not separator or f"\n{name} = {value}\n" in project, line
