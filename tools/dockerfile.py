"""Follows a Dockerfile by hand, where there is no engine: a folder stands for `/`."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import Template

from tools.service import UV, environment, find_python

# Commands that only root can run, and that no file of the image depends on.
LEFT_OUT = ("useradd", "chown", "apt-get")
# Folders of the image, which no command of this machine has in its own arguments.
MAPPED = re.compile(r"(?<![\w./])/(?=(?:opt|build|srv)\b)")


class Image:
    """Files in `root`, and what was said of how to run them."""

    def __init__(self, context: Path, scratch: Path) -> None:
        self.root = scratch / "root"
        self.folder = self.root
        self.environment: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self._context = context
        self._scratch = scratch
        self._python = scratch / "python"
        self._make_python()

    def follow(self, dockerfile: str) -> None:
        """Do what its instructions say; raises an error where one fails or is not known."""
        for name, rest in instructions(dockerfile):
            match name:
                case "FROM":
                    self._begin(rest.partition(" AS ")[2])
                case "ENV":
                    for pair in shlex.split(rest):
                        key, _, value = pair.partition("=")
                        value = Template(self._mapped(value)).substitute(self.environment)
                        self.environment[key] = value
                case "WORKDIR":
                    self.folder = Path(self._mapped(rest))
                    self.folder.mkdir(parents=True, exist_ok=True)
                case "RUN":
                    self.run("sh", "-ec", self._mapped(rest))
                case "COPY":
                    self._copy(*shlex.split(rest))
                case "USER" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                    self.said[name] = rest
                case _:
                    raise ValueError(f"nobody has taught this tool what {name} means")

    def command(self, *arguments: str) -> list[str]:
        """Return what a container runs that is given `arguments`, or its own where there are none.

        The program is looked up in the image's own PATH.
        """
        program, *given = json.loads(self.said["ENTRYPOINT"])
        found = shutil.which(program, path=self.environment["PATH"])
        assert found, f"{program} is not in the image"
        return [found, *given, *(arguments or json.loads(self.said["CMD"]))]

    def health(self) -> list[str]:
        """Return the command that asks for the health of a running container."""
        return list(json.loads(self.said["HEALTHCHECK"].partition("CMD ")[2]))

    def run(self, *command: str) -> None:
        """Run a command in the working directory; raises where it fails."""
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True)

    def _make_python(self) -> None:
        # With pip, as the image of Python has it.
        command = [UV, "venv", "--quiet", "--seed", "--no-project", "--python", find_python()]
        subprocess.run([*command, str(self._python)], env=environment(), check=True)
        for name in LEFT_OUT:
            program = self._python / "bin" / name
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)

    def _begin(self, name: str) -> None:
        """Begin a stage; the one before stays aside, and its commands find nothing of it."""
        if "FROM" in self.said:
            self.root.rename(self._scratch / self.said["FROM"])
        self.said = {"FROM": name}
        self.root.mkdir()
        self.folder = self.root
        path = f"{self._python / 'bin'}:/usr/bin:/bin"
        self.environment = {**environment(), "PATH": path}

    def _copy(self, *words: str) -> None:
        *patterns, target = words
        source = self._context
        if patterns[0].startswith("--from="):
            source = self._scratch / patterns.pop(0).removeprefix("--from=")
        for pattern in patterns:
            found = [source] if pattern == "." else list(source.glob(pattern.lstrip("/")))
            assert found or "*" in pattern, f"COPY: there is no {pattern}"
            for path in found:
                into = self.folder / self._mapped(target)
                if path.is_dir():
                    shutil.copytree(path, into, symlinks=True, dirs_exist_ok=True)
                else:
                    shutil.copy2(path, into)

    def _mapped(self, text: str) -> str:
        return MAPPED.sub(f"{self.root}/", text)


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction's name and what follows it, in one line."""
    text = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, rest
