"""The folder of the migration files."""

from pathlib import Path

from chassis.service_package import service_folder

CHASSIS = "chassis"
APP = "app"

# Alembic runs pending branches in the reverse of this order if none depends on another one. So a
# database of an earlier release gets all of `app`, which changed the chassis's tables once, before
# what is new in `chassis`. `own` has the service's migrations from before they went to `app`.
BRANCHES = (CHASSIS, APP, "own")

_CHASSIS_FOLDER = Path(__file__).parents[3] / "migrations" / "versions"


def migrations_folder() -> Path:
    """Return the service's folder with `env.py` and `versions/`.

    It is next to `src/` in a checkout, and inside the package if the service is installed as a
    wheel. Raises `FileNotFoundError` if it is in neither place.
    """
    package = service_folder()
    for folder in (package / "migrations", package.parent.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError(f"no migrations next to {package}: the installation is incomplete")


def branch_folder(migrations: Path, branch: str) -> Path:
    """Return the folder of a branch's migrations; those of `chassis` are in its own package."""
    return _CHASSIS_FOLDER if branch == CHASSIS else migrations / "versions" / branch


def version_folders(migrations: Path) -> list[Path]:
    """Return the folder of each branch that the service has."""
    folders = (branch_folder(migrations, branch) for branch in BRANCHES)
    return [folder for folder in folders if folder.is_dir()]
