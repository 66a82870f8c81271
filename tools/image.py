"""Builds the image by hand and runs it, where there is no engine: `python -m tools.image`.

The build sees what `.dockerignore` lets through. The image migrates a database and serves. It has
no access to the source tree, and writes no file next to the database. Its health is checked as an
engine would, and it is stopped. At last it runs as each pod of the chart.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pathspec import PathSpec

from tests.terminal import free_port
from tools.dockerfile import Image
from tools.pods import run_pods
from tools.service import Service, lock, render

PATIENCE = 30.0


def main() -> int:
    """Build and run, without a `uv.lock` and with one; return 0 where both went well."""
    with tempfile.TemporaryDirectory(prefix="shallot-image-") as name:
        folder = Path(name)
        service = render(folder / "service", {"deploy": ["compose", "helm"]})
        image = build_and_run(service, folder / "tested")
        run_pods(service.path / "deploy" / "helm", image, folder / "pods")
        lock(service)
        build_and_run(service, folder / "locked")
    print("The image builds, migrates, serves, is healthy and stops.")
    return 0


def build_and_run(service: Service, scratch: Path) -> Image:
    """Follow the Dockerfile in `scratch`, live through a container's life, return the image."""
    context = scratch / "context"
    copy_context(service.path, context)
    image = Image(context, scratch)
    image.follow((service.path / "Dockerfile").read_text())
    shutil.rmtree(context)
    shutil.rmtree(scratch / "build")
    built = dict(image.environment)
    # As a container secret.
    url = scratch / "database_url"
    url.write_text(f"sqlite+aiosqlite:///{scratch / 'app.db'}\n")
    image.environment |= {"DATABASE_URL_FILE": str(url)}
    image.environment |= {"HTTP_PORT": free_port(), "OPS_PORT": free_port()}
    before = files(image.root)
    image.run(*image.command("migrate"))
    image.run(*image.command("migrate", "--check"))
    serve(image)
    assert files(image.root) == before, files(image.root) ^ before
    image.environment = built
    return image


def serve(image: Image) -> None:
    """Run what a container runs by itself until it is healthy, then stop it."""
    assert not healthy(image), "it was healthy before it ran"
    with subprocess.Popen(image.command(), cwd=image.folder, env=image.environment) as process:
        try:
            end = time.monotonic() + PATIENCE
            while not healthy(image):
                assert process.poll() is None, "it ended by itself"
                assert time.monotonic() < end, "it did not become healthy"
            process.send_signal(signal.Signals[image.said["STOPSIGNAL"]])
            assert process.wait(PATIENCE) == 0, "it was stopped and did not end well"
        finally:
            process.kill()


def healthy(image: Image) -> bool:
    """Return what the health check says."""
    command = image.health()
    done = subprocess.run(
        command, cwd=image.folder, env=image.environment, capture_output=True, check=False
    )
    return done.returncode == 0


def copy_context(project: Path, context: Path) -> None:
    """Copy what a build sees of the project."""
    lines = (project / ".dockerignore").read_text().splitlines()
    # A pattern counts from the folder itself, unlike git's.
    ignored = PathSpec.from_lines(
        "gitwildmatch",
        (
            line.replace("!", "!/") if "!" in line else f"/{line}"
            for line in lines
            if line[0] != "#"
        ),
    )
    for path in files(project):
        if not ignored.match_file(path):
            (context / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / path, context / path)


def files(folder: Path) -> set[str]:
    """Return the paths of all files under `folder`, relative to it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}


if __name__ == "__main__":
    sys.exit(main())
