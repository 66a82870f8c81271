"""Doctor: find the problems that keep the service from running."""

import asyncio

from rich.text import Text

from chassis.bootstrap.diagnosis import diagnose
from chassis.bootstrap.finding import Finding
from chassis.cli.failure import CommandFailed
from chassis.cli.output import console, print_json
from chassis.domain.text import printable


def command(*, json: bool = False) -> None:
    """Check the settings, the ports and each server, and say how to fix each problem.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    findings = asyncio.run(_findings(show=not json))
    if json:
        print_json(findings)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        raise CommandFailed(f"{wrong} of {len(findings)} checks failed")


async def _findings(show: bool) -> list[Finding]:
    findings = []
    async for finding in diagnose():
        findings.append(finding)
        if show:
            mark = _mark(finding)
            more = finding.advice or finding.note
            advice = f": {more}" if more else ""
            line = Text.assemble(mark, (finding.about, "bold"), printable(advice))
            console.print(line, soft_wrap=True)
    return findings


def _mark(finding: Finding) -> tuple[str, str]:
    if not finding.ok:
        return "✗ ", "bold red"
    return ("! ", "yellow") if finding.advice else ("✓ ", "green")
