"""Init: write the first `.env`."""

from pathlib import Path

from app.bootstrap.dotenv import write_dotenv
from app.cli.failure import CommandFailed
from app.cli.output import console


def command() -> None:
    """Write .env from .env.example, with fresh secrets; an existing .env is never touched."""
    try:
        written = write_dotenv(Path(".env.example"), Path(".env"))
    except FileExistsError:
        raise CommandFailed(".env is there already: edit it, or remove it first") from None
    except FileNotFoundError:
        raise CommandFailed(
            "there is no .env.example here: run this in the project's folder"
        ) from None
    console.print(f".env written, with {written} fresh secrets; only you can read it")
