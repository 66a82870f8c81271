import ast
import re
import subprocess
from pathlib import Path

from tests.chaos.cluster.following import CHANGES, MIGRATION, REVISION
from tests.chaos.mutants.mutant import SOURCE
from tests.conftest import tool
from tools.service import ROOT

TEMPLATE = ROOT / "template"
RUFF = (tool("ruff"), "check", "--isolated", "--no-cache", "--select=F", "--target-version=py312")


def test_what_the_next_version_changes_is_there() -> None:
    for change in CHANGES:
        text = (TEMPLATE / SOURCE / change.file).read_text()
        changed = change.apply(text)
        assert "urgency" in changed
        assert "urgency" not in text
        # Not by `ast`: the service's Python may be newer than the one that runs this.
        subprocess.run([*RUFF, "-"], input=changed, text=True, check=True)


def test_its_migration_is_new_and_what_it_follows_is_there() -> None:
    folder = TEMPLATE / "migrations" / "versions" / "app"
    versions = {file.stem for file in folder.glob("*.py")}
    newest = max(versions)
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(MIGRATION.format(newest=newest)).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert constants["revision"] == REVISION
    assert REVISION not in versions
    # A second root, or a branch, would be another migration than the one that an owner writes.
    followed = {parent for file in folder.glob("*.py") for parent in _followed(file)}
    assert versions - followed == {constants["down_revision"]}


def _followed(file: Path) -> set[str]:
    return set(re.findall(r'^down_revision = "(\w+)"$', file.read_text(), re.MULTILINE))
