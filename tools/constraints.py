"""Writes `template/constraints.txt`: the newest versions that the bounds allow, today.

    python -m tools.constraints

Test its result before you commit it.
"""

import subprocess
import tempfile
from pathlib import Path

from tools.service import ROOT, UV, environment, make_environment, pip_install, render

HEADER = """\
# The versions that were tested together, the tools among them. Use these if a newer one breaks
# something: uv pip install -c constraints.txt -e .
"""


def main() -> None:
    """Resolve the default answers again and freeze the result."""
    with tempfile.TemporaryDirectory(prefix="shallot-constraints-") as folder:
        service = render(Path(folder) / "service", {})
        make_environment(service.path / ".venv")
        pip_install(service, "--upgrade", "--requirement", "pyproject.toml", "--group", "dev")
        frozen = subprocess.run(
            [UV, "pip", "freeze", "--python", ".venv"],
            cwd=service.path,
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    (ROOT / "template" / "constraints.txt").write_text(HEADER + frozen)


if __name__ == "__main__":
    main()
