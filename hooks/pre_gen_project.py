"""Cookiecutter runs this before it writes a file: what Copier refuses ends here."""

import json
import os
import sys
from pathlib import Path

# Every answer stays inside: JSON never has three quotes in a row.
CONTEXT = json.loads(r"""{{ cookiecutter | tojson }}""")

# The template's folder: cookiecutter itself works there at this moment, as Linux shows. Elsewhere
# its path, where it is relative, counts from where the output goes, or from where the shell is.
STARTS = (CONTEXT["_output_dir"], os.environ.get("PWD", ""))
PLACES = [f"/proc/{os.getppid()}/cwd", *(Path(start, CONTEXT["_repo_dir"]) for start in STARTS)]
sys.path[:0] = map(str, PLACES)
sys.dont_write_bytecode = True

from hooks.begin import begin  # noqa: E402 (after the path that it needs)

begin(CONTEXT)
