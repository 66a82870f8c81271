"""Init: write the first `.env`, and the secrets that containers read."""

from pathlib import Path

from chassis.bootstrap import discovery
from chassis.bootstrap.dotenv import write_dotenv
from chassis.bootstrap.secret_files import SecretTaken, write_secrets
from chassis.cli.failure import CommandFailed
from chassis.cli.output import console


def command() -> None:
    """Write .env, and the secrets of deploy/, from their examples; keep existing files."""
    try:
        _write()
    except OSError as error:
        raise CommandFailed(f"{error.filename} cannot be written: {error.strerror}") from None


def _write() -> None:
    try:
        count = write_dotenv(Path(".env.example"), Path(".env"))
        console.print(f".env written, with {count} fresh secrets; only you can read it")
    except FileExistsError:
        console.print(".env exists already, and stays unchanged")
    except FileNotFoundError:
        raise CommandFailed(
            "there is no .env.example here: run this in the project's folder"
        ) from None
    for examples in sorted(Path("deploy").glob("*/secrets.example")):
        try:
            written = write_secrets(examples)
        except SecretTaken as error:
            raise CommandFailed(str(error)) from None
        folder = examples.with_suffix("")
        console.print(f"{folder}: {len(written)} files written; only you can open the folder")
    for module in discovery.servers().values():
        # A transport may need a file that is no setting: a certificate, a key.
        if (init := getattr(module, "init", None)) is not None:
            console.print(init(), soft_wrap=True)
