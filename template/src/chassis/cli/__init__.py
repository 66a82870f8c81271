"""The command line: a module for each command, loaded when it is called."""

import importlib.metadata
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from types import ModuleType

import cyclopts

import chassis.cli.commands
from chassis.application.errors import ApplicationError
from chassis.bootstrap.environment import SettingsError
from chassis.bootstrap.project import read_project
from chassis.bootstrap.selection import SelectionError
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.summary import summary_of
from chassis.domain.text import printable
from chassis.interfaces.serving.errors import StartError
from chassis.service_package import service_module, use_service


def run(package: str) -> None:
    """Run the command line and exit: 0 success, 1 failure, 2 wrong usage."""
    use_service(package)
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    try:
        code = _app(arguments)(arguments, exit_on_error=False, print_error=False)
        # At its own end, the interpreter could only complain, in its own words.
        sys.stdout.flush()
        sys.exit(code)
    except (cyclopts.CycloptsError, SelectionError, SettingsError, UsageError) as error:
        _fail(error, 2, debug)
    except (ApplicationError, CommandFailed, StartError) as error:
        _fail(error, 1, debug)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader (`| head`) has gone.
        _drop_output()
        sys.exit(1)
    except Exception as error:
        _fail(error, 1, debug, prefix=f"{type(error).__name__}: ")


def _app(arguments: Sequence[str]) -> cyclopts.App:
    project = read_project()
    line = cyclopts.App(
        name=project.slug,
        help=project.description,
        version=lambda: importlib.metadata.version(project.slug),
        result_action="return_value",
    )
    _add_commands(line, (chassis.cli.commands, service_module("cli.commands")), arguments)
    return line


def _add_commands(
    line: cyclopts.App, folders: Iterable[ModuleType | None], arguments: Sequence[str]
) -> None:
    found = {
        module.name.rpartition(".")[2].replace("_", "-"): module
        for folder in folders
        if folder is not None
        for module in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}.")
    }
    # A command that is named shows its own help. A summary given here would replace it.
    is_list = not any(argument in found for argument in arguments)
    for name, module in sorted(found.items()):
        if module.ispkg:
            within = import_module(module.name)
            group = cyclopts.App(name=name, help=within.__doc__)
            _add_commands(group, [within], arguments if name in arguments else ())
            line.command(group)
        else:
            summary = summary_of(module.name) if is_list else None
            line.command(f"{module.name}:command", name=name, help=summary)


def _fail(error: Exception, code: int, debug: bool, prefix: str = "") -> None:
    lines = error.problems if isinstance(error, SettingsError) else [f"{prefix}{error}"]
    for line in lines:
        sys.stderr.write(f"error: {printable(' '.join(str(line).split()))}\n")
    _drop_output()
    if debug:
        raise error
    sys.exit(code)


def _drop_output() -> None:
    """Drop what stdout does not take: the interpreter would complain as it flushes."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
