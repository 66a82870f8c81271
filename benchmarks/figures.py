"""Latencies, as percentiles."""

import math
from collections.abc import Sequence

NS = 1_000_000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all values do not exceed (nearest rank); 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def milliseconds(nanoseconds: Sequence[int]) -> str:
    """Return the usual percentiles of latencies, in milliseconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return ", ".join(
        f"{name} {percentile(nanoseconds, share) / NS:.1f}" for name, share in shares.items()
    )
