"""libFuzzer's own output, line by line."""

import re
from dataclasses import dataclass

# Seconds of processor time before which nothing is called flat.
SOONEST = 20.0

_FIGURES = re.compile(r"#(\d+)\t\S+\s+cov: (\d+) ft: (\d+) .*?rss: (\d+)Mb")
_FINAL = re.compile(r"stat::(number_of_executed_units|peak_rss_mb):\s+(\d+)")


@dataclass
class Progress:
    """How far a run has come; `found` is the processor time at which it last found something new.

    `edges` are the branches that were taken, `features` count how often as well.
    """

    executions: int = 0
    edges: int = 0
    features: int = 0
    peak: int = 0
    found: float = 0.0

    def read(self, line: str, now: float) -> None:
        """Take a line, at this processor time."""
        if figures := _FIGURES.match(line):
            executions, edges, features, rss = map(int, figures.groups())
            self.executions, self.peak = executions, max(self.peak, rss)
            if edges > self.edges or features > self.features:
                self.edges, self.features = max(edges, self.edges), max(features, self.features)
                self.found = now
        elif final := _FINAL.match(line):
            if final[1] == "peak_rss_mb":
                self.peak = int(final[2])
            else:
                self.executions = int(final[2])

    def is_flat(self, now: float) -> bool:
        """Return whether the second half of the run has found nothing new."""
        return now >= SOONEST and self.found <= now / 2
