"""The folder of the migration files."""

from pathlib import Path

from chassis.service_package import service_folder

BRANCHES = ("service", "own")


def migrations_folder() -> Path:
    """Return the folder with `env.py` and `versions/`.

    It is next to `src/` in a checkout, and inside the package if the service is installed as a
    wheel. Raises `FileNotFoundError` if it is in neither place.
    """
    package = service_folder()
    for folder in (package / "migrations", package.parent.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError(f"no migrations next to {package}: the installation is incomplete")


def version_folders(migrations: Path) -> list[Path]:
    """Return the folder of each branch's migrations."""
    return [migrations / "versions" / branch for branch in BRANCHES]
