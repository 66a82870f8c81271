import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from copier import run_copy

from tests.questions import QUESTIONS

ROLES = [
    *([role] for role in QUESTIONS["roles"]["choices"].values()),
    QUESTIONS["roles"]["default"],
]
DEPLOY = [[], ["compose"], ["server"], ["helm"], ["compose", "server", "helm"]]
NAMES = ["My Service", "A name of many words " * 3 + "that is long", "x" * 80]


@pytest.fixture(scope="module")
def asking(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template with its questions alone."""
    folder = tmp_path_factory.mktemp("asking")
    shutil.copytree(template / "questions", folder / "questions")
    shutil.copy(template / "copier.yml", folder)
    (folder / "template").mkdir()
    return folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("roles", "deploy"), list(product(ROLES, DEPLOY)))
def test_closing_words_fit_a_terminal_and_the_answers(
    asking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    roles: list[str],
    deploy: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    slug = "s" * 40
    answers = {"project_name": name, "project_slug": slug, "roles": roles, "deploy": deploy}
    run_copy(str(asking), "my-service", data=answers, defaults=True)
    said = capsys.readouterr().err
    words = said[said.index(f"\n  {name[:10]}") :]

    assert [line for line in words.splitlines() if len(line) > 80] == []
    assert "\n\n\n" not in words
    assert words.endswith("README.md has the next steps.\n\n")
    is_alone = roles in (["producer"], ["consumer"])
    alone = ["export BROKER_URL=amqp://guest:guest@localhost:5672/"] if is_alone else []
    contained = [f"uv run {slug} init", "docker compose up"] if "compose" in deploy else []
    served = ["deploy/server/setup", "deploy/server/redeploy service"] if "server" in deploy else []
    served += [f"helm install {slug} deploy/helm"] if "helm" in deploy else []
    assert commands(words) == [
        *("cd my-service", "uv sync", *alone, f"uv run {slug} serve", *contained, *served),
        *("python3 -m venv .venv && .venv/bin/pip install -e .", f".venv/bin/{slug} serve"),
    ]
    assert (f"A {roles[0]} alone needs a broker" in words) == is_alone


@pytest.mark.parametrize("folder", ["my service", "it's $HOME", "deep/er"])
def test_folder_is_named_as_a_shell_takes_it(
    asking: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    run_copy(str(asking), folder, defaults=True)
    there = commands(capsys.readouterr().err)[0]
    # With no template file there is no folder either.
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    shell = ["bash", "-euc", f"{there}\npwd"]
    shown = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout == f"{tmp_path / folder}\n"


def commands(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.startswith(" " * 6)]
