"""Writes the dashboards into the template, and the page of the metrics behind them.

`python -m tools.dashboards`
"""

from pathlib import Path

from tools.dashboards import exporters, jobs, message_path, servers, transports
from tools.dashboards.build import build
from tools.service import ROOT

FOLDER = ROOT / "template" / "deploy" / "monitoring" / "grafana" / "dashboards"
PAGES = (message_path.PAGE, transports.PAGE, servers.PAGE, jobs.PAGE)


def main(folder: Path = FOLDER) -> None:
    """Write a file for each page."""
    for page in PAGES:
        (folder / f"{page.name}.json").write_text(build(page), encoding="utf-8")


if __name__ == "__main__":
    main()
    exporters.write()
