"""The Python that `./run` takes: each one here says that it is another version than it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.service import ROOT

# `run` asks a Python its version. It is answered by a real one that takes itself for another.
PYTHON = """\
#!/bin/bash
version='{version}'
case "$1 $2 $3" in
"-c "*) exec {real} -c 'import sys; sys.version_info = ('"$version"'); exec(sys.argv[1])' "$2" ;;
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "$version" >"$3/version" ;;
"-m pip install") [[ $* != *" uv" ]] || cp {uv} "${{0%/*}}/uv" ;;
"-m nox "*) echo "nox $*" ;;
*) exit 9 ;;
esac
"""
# It makes an environment of the Python that it has fetched.
UV = """\
#!/bin/bash
[[ $1 == venv ]] && PATH={fetched} python -m venv "${{!#}}"
"""
SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"


class Machine:
    """A checkout in a folder with an odd name, and a PATH with few programs."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "Grün Haus" / "shallot"
        self.first, self.second, self.system = (folder / name for name in ("a", "b", "system"))
        self._fetched = folder / "fetched"
        self._fetchable = folder / "uv"
        for each in (self.checkout, self.first, self.second, self.system, self._fetched):
            each.mkdir(parents=True)
        for name in ("run", "pyproject.toml"):
            shutil.copy(ROOT / name, self.checkout)
        for name in ("bash", "dirname", "mktemp", "rm", "mkdir", "cp"):
            (self.system / name).symlink_to(shutil.which(name) or name)
        self.python(self._fetched / "python", "3, 14")
        self.program(self._fetchable, UV.format(fetched=f"'{self._fetched}':$PATH"))

    def python(self, path: Path, version: str) -> None:
        real, uv = (f"'{program}'" for program in (sys.executable, self._fetchable))
        self.program(path, PYTHON.format(version=version, real=real, uv=uv))

    def program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def uv(self) -> None:
        """Put uv on the PATH."""
        shutil.copy(self._fetchable, self.first / "uv")

    def run(self) -> str:
        """Return what `./run demo` says; raises `CalledProcessError`."""
        path = os.pathsep.join(map(str, (self.first, self.second, self.system)))
        command = [str(self.checkout / "run"), "demo"]
        return subprocess.run(
            command, env={"PATH": path}, capture_output=True, text=True, check=True
        ).stdout

    def taken(self) -> str:
        """Return the version that `./run demo` takes."""
        assert "-m nox --session demo" in self.run()
        return (self.checkout / ".venv" / "version").read_text().strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    return Machine(tmp_path)


def test_one_that_is_too_old_and_first_is_passed_over(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 11")
    machine.python(machine.second / "python3", "3, 12")
    assert machine.taken() == "3, 12"


def test_one_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 11")
    machine.program(machine.first / "python3.13", SHIM)
    machine.python(machine.second / "python3.14", "3, 14")
    assert machine.taken() == "3, 14"


def test_one_without_its_venv_module_is_passed_over(machine: Machine) -> None:
    machine.program(machine.first / "python3", "#!/bin/sh\n[ \"$2\" = 'import sys' ]\n")
    machine.python(machine.second / "python3", "3, 13")
    assert machine.taken() == "3, 13"


def test_tested_one_comes_before_a_newer_one(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 15")
    machine.python(machine.second / "python3.13", "3, 13")
    assert machine.taken() == "3, 13"


def test_uv_finds_one_where_path_has_none(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 11")
    machine.uv()
    assert machine.taken() == "3, 14"


def test_old_one_brings_the_uv_that_finds_one(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 11")
    assert machine.taken() == "3, 14"


def test_uv_that_fails_is_passed_over(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 11")
    machine.program(machine.first / "uv", "#!/bin/sh\nexit 1\n")
    assert machine.taken() == "3, 14"


def test_without_any_a_sentence_says_what_to_install(machine: Machine) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        machine.run()
    assert "\nInstall Python 3.12 or newer with its venv module" in failed.value.stderr
    assert not (machine.checkout / ".venv").exists()


def test_environment_is_kept(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 12")
    machine.run()
    machine.python(machine.first / "python3", "3, 13")
    assert machine.taken() == "3, 12"


def test_environment_of_a_python_that_is_too_old_is_made_again(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 12")
    machine.run()
    machine.python(machine.checkout / ".venv" / "bin" / "python", "3, 11")
    machine.python(machine.first / "python3", "3, 13")
    assert machine.taken() == "3, 13"


def test_environment_whose_python_is_gone_is_made_again(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 12")
    machine.run()
    (machine.checkout / ".venv" / "bin" / "python").unlink()
    machine.python(machine.first / "python3", "3, 13")
    assert machine.taken() == "3, 13"


def test_environments_that_have_moved_are_made_again(machine: Machine) -> None:
    machine.python(machine.first / "python3", "3, 12")
    machine.run()
    of_session = machine.checkout / ".nox" / "tests"
    of_session.mkdir(parents=True)
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    machine.python(machine.first / "python3", "3, 13")
    assert machine.taken() == "3, 13"
    assert not (machine.checkout / ".nox").exists()
