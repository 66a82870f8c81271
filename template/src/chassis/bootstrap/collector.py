"""How Python collects cyclic garbage in a process that runs for months."""

import gc

# New objects until a look at them. Batches make thousands that end by themselves, and the default
# of 2,000 has each batch looked at several times: 7 % of what ingesting an event costs.
YOUNG = 20_000


def settle() -> None:
    """Call once all is wired: what is there by now stays, and no collection looks at it again."""
    gc.freeze()
    gc.set_threshold(YOUNG)
