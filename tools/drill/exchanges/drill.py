"""`exchanges`: a row of the topology for each exchange pattern, and the order in partitions."""

from tools.drill.exchanges.order import order
from tools.drill.exchanges.patterns import patterns
from tools.drill.stage import Stage

COUNT = 50
SECONDS = 10.0


async def exchanges(stage: Stage, count: int = COUNT, seconds: float = SECONDS) -> bool:
    """Count who gets what; then read the order of each subject over rebalances."""
    results = [await patterns(stage, count), await order(stage, seconds)]
    return all(results)
