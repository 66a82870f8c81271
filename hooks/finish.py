"""Lets Copier make the service."""

import json
import re
import sys
from pathlib import Path

from hooks.copying import Context, copy
from hooks.notice import MADE, take_away
from hooks.source import Source, find_source

ANSWERS = Path(".copier-answers.yml")

# Copier's output for each file, and before the first.
DETAILS = re.compile(
    r"^(?: *(?:create|identical|conflict|overwrite|skip)  |Copying from template).*\n", re.MULTILINE
)

NO_HISTORY = """\

It was made from files without a history, so `copier update` cannot bring it forward.
For that, make it from the template's repository."""


def finish(context: Context) -> None:
    """Make the service in a folder that was there before; of a new one, take away the marks.

    Exit with Copier's sentence where it fails.
    """
    skipping = take_away()
    if MADE.exists():
        MADE.unlink()
    elif skipping:
        make(context, "--skip=*", kept=ANSWERS.exists())
    else:
        make(context, "--overwrite")


def make(context: Context, how: str, *, kept: bool = False) -> None:
    """Fill the folder with what `copier copy` gives, and say what Copier says at the end.

    `kept` says that the answers of an earlier time stay as they were.
    """
    source = find_source(context)
    said = copy(context, source.address, Path.cwd(), f"--vcs-ref={source.commit}", how)
    print(DETAILS.sub("", said).strip("\n"), file=sys.stderr)
    if not kept:
        remember(source)


def remember(source: Source) -> None:
    """Write down where an archive came from, since its files go; say what is not to be had."""
    recorded = ANSWERS.read_text("utf-8")
    if source.archive:
        # JSON is YAML here; the value may go over several lines.
        line = f"_src_path: {json.dumps(source.archive, ensure_ascii=False)}\n"
        recorded = re.sub(r"^_src_path: .*\n(?: .*\n)*", lambda _: line, recorded, flags=re.M)
        ANSWERS.write_text(recorded, "utf-8", newline="\n")
    if not re.search("^_commit: ", recorded, re.MULTILINE):
        print(NO_HISTORY, file=sys.stderr)
