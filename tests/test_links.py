"""The links and paths of the pages."""

import re

from tools.recipes import pages
from tools.service import ROOT

DOCS = ROOT / "docs"
RECIPES = pages(ROOT / "template")


def test_pages_link_to_documentation_alone() -> None:
    documentation = {
        "127.0.0.1",
        "aiortc.readthedocs.io",
        "collector",
        "copier.readthedocs.io",
        "docs.astral.sh",
        "docs.sentry.io",
        "issuer.example.org",
        "keda.sh",
        "nox.thea.codes",
        "opentelemetry.io",
        "python-dependency-injector.ets-labs.org",
        "prometheus.io",
        "prometheus.monitoring",
        "redis.io",
        "www.iroh.computer",
        "www.rfc-editor.org",
    }
    linked = {
        host
        for page in [*DOCS.rglob("*.md"), *RECIPES]
        for host in re.findall(r"https?://([\w.-]+)", page.read_text())
    }
    assert linked <= documentation


def test_pages_name_no_folder_of_a_machine() -> None:
    absolute = re.compile(r"(?<![\w.:])/(tmp|home|root|usr)/")
    found = [*DOCS.rglob("*.md"), *RECIPES]
    assert [page.name for page in found if absolute.search(page.read_text())] == []
