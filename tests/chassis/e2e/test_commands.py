"""The commands that need no running service."""

import json
import re
import stat
from importlib.metadata import version
from pathlib import Path

import chassis.cli.commands
from chassis.bootstrap import discovery
from chassis.bootstrap.environment import names_of
from chassis.bootstrap.project import read_project
from tests.e2e.process import run, run_cold
from tests.free_ports import FREE_PORTS


def test_migrate_goes_up_is_checked_and_goes_down(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate", "--check").returncode == 1
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "migrate", "--check").returncode == 0
    assert run(tmp_path, "migrate", "--to", "base").returncode == 0
    ended = run(tmp_path, "migrate", "--check")
    assert ended.returncode == 1
    assert "run migrate" in ended.stderr


def test_migrate_prints_sql_and_changes_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, "migrate", "--sql")
    assert ended.returncode == 0, ended
    assert "CREATE TABLE notifications" in ended.stdout
    assert not (tmp_path / "var").exists()


def test_migrate_refuses_an_unknown_revision(tmp_path: Path) -> None:
    ended = run(tmp_path, "migrate", "--to", "nowhere")
    assert ended.returncode == 1
    assert "nowhere" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_doctor_finds_nothing_wrong_in_a_fresh_folder(tmp_path: Path) -> None:
    # A broker of another kind is what a service with one role needs first.
    ended = run(tmp_path, "doctor", "--json", **FREE_PORTS)
    findings = {finding["about"]: finding["ok"] for finding in json.loads(ended.stdout)}
    assert all(ok for about, ok in findings.items() if about != "roles")
    ports = {f"{name} port" for name in ("ops", *discovery.server_names())}
    assert findings.keys() >= {"settings", "roles", "database", "access", *ports}


def test_describe_shows_no_secret(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite+aiosqlite:///x.db?password=hush\n")
    ended = run(tmp_path, "describe", "--json", DATABASE_URL_FILE="url", RETRY_DELAYS="1,2.5")
    description = json.loads(ended.stdout)
    assert description["settings"]["DATABASE_URL"] == "sqlite+aiosqlite:///x.db"
    assert description["servers"].keys() == {"ops", *discovery.server_names()}
    assert all(description["servers"].values())
    assert description["roles"]
    assert description["retries"] == {
        "failure 1": "again after 1 s",
        "failure 2": "again after 2.5 s",
        "failure 3": "dead-lettered",
    }
    # Each event type that is handled, whatever the roles are.
    bindings = {kind: event["binding"] for kind, event in description["events"].items()}
    assert bindings == {kind: f"{kind.partition('.')[0]}.#" for kind in bindings}
    assert bool(bindings) is ("consumer" in description["roles"])
    assert description["jobs"]["prune-journal"] == "every 3600 s, on the leader"
    assert "hush" not in ended.stdout + run(tmp_path, "describe", DATABASE_URL_FILE="url").stdout


def test_init_writes_once(tmp_path: Path) -> None:
    assert run(tmp_path, "init").returncode == 1
    (tmp_path / ".env.example").write_text("# LOG_LEVEL=INFO\nSOME_KEY=<secret>\n")
    assert run(tmp_path, "init").returncode == 0
    written = (tmp_path / ".env").read_text()
    assert written.startswith("# LOG_LEVEL=INFO\nSOME_KEY=")
    assert len(written.split("SOME_KEY=")[1].strip()) >= 32
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    ended = run(tmp_path, "init")
    assert ended.returncode == 0
    assert "exists already" in ended.stdout
    assert (tmp_path / ".env").read_text() == written


def test_init_makes_the_secrets_of_containers(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# LOG_LEVEL=INFO\n")
    examples = tmp_path / "deploy" / "anywhere" / "secrets.example"
    examples.mkdir(parents=True)
    for name in ("server", "url"):
        (examples / name).write_text("<secret:shared>\n")
    assert run(tmp_path, "init").returncode == 0
    secrets = examples.with_name("secrets")
    assert (secrets / "server").read_text() == (secrets / "url").read_text()
    (secrets / "url").unlink()
    ended = run(tmp_path, "init")
    assert ended.returncode == 1
    assert "remove deploy/anywhere/secrets" in ended.stderr


def test_the_example_names_every_setting_and_no_other(tmp_path: Path) -> None:
    example = (Path(__file__).parents[3] / ".env.example").read_text()
    named = {line.lstrip("# ").partition("=")[0] for line in example.splitlines() if "=" in line}
    settings = json.loads(run(tmp_path, "describe", "--json").stdout)["settings"]
    # The user's own may be there, and need not be.
    own = {
        name
        for module in discovery.own()
        if (kind := discovery.settings_of(module)) is not None
        for name in names_of(kind)
    }
    # Any may come from a file, and some are the names of files.
    named = {
        name
        for name in named
        if name.isupper() and (name in settings or not name.endswith("_FILE"))
    }
    assert named | own == set(settings)


def test_export_and_its_check(tmp_path: Path) -> None:
    modules = discovery.servers().values()
    for name in [name for module in modules for name in getattr(module, "documents", ())]:
        exported = run(tmp_path, "export", name).stdout
        assert name in json.loads(exported)
        kept = tmp_path / f"{name}.json"
        kept.write_text(exported)
        assert run(tmp_path, "export", name, "--check", kept.name).returncode == 0
        kept.write_text(exported.replace("receiver", "addressee"))
        assert run(tmp_path, "export", name, "--check", kept.name).returncode == 1


def test_an_export_is_the_same_in_every_process(tmp_path: Path) -> None:
    modules = discovery.servers().values()
    for name in [name for module in modules for name in getattr(module, "documents", ())]:
        # The order of a set is another one with each seed.
        exported = [run_cold(tmp_path, "export", name, PYTHONHASHSEED=seed) for seed in "123"]
        assert name in json.loads(exported[0].stdout)
        assert len({each.stdout for each in exported}) == 1, name


def test_export_of_what_is_not_there(tmp_path: Path) -> None:
    ended = run(tmp_path, "export", "poem")
    assert ended.returncode == 2
    assert "there is no poem here: choose from" in ended.stderr


def test_help(tmp_path: Path) -> None:
    for command in (
        "serve",
        "migrate",
        "doctor",
        "describe",
        "init",
        "send",
        "tail",
        "export",
        "token",
    ):
        ended = run(tmp_path, command, "--help")
        assert ended.returncode == 0, ended
        assert "Usage:" in ended.stdout


def test_the_interpreter_needs_nothing_before(tmp_path: Path) -> None:
    ended = run_cold(tmp_path, "--version")
    assert ended.returncode == 0, ended
    assert ended.stdout.strip() == version(read_project().slug)
    assert run_cold(tmp_path, "serve", LOG_LEVEL="loud").returncode == 2


def test_each_command_is_described_in_a_line(tmp_path: Path) -> None:
    for group in ((), ("dead-letters",)):
        ended = run(tmp_path, *group, "--help")
        rows = re.findall(r"^│ ([a-z-]+)  +(\S.*?) *│$", ended.stdout, re.MULTILINE)
        about = dict(rows)
        folder = Path(chassis.cli.commands.__path__[0], *(name.replace("-", "_") for name in group))
        names = {path.stem.replace("_", "-") for path in folder.iterdir() if path.stem[0] != "_"}
        assert names <= about.keys()
        assert all(len(about[name]) > 10 for name in names)
        # In whole sentences, of which the last row ends in a stop.
        assert ended.stdout.count(".") >= len(names)
