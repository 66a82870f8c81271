import gc
import weakref
from collections.abc import Iterator

import pytest

from chassis.bootstrap import gc_tuning


class Knot:
    """Holds itself, so that only a collection ends it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_looked_at_no_more() -> None:
    knot = weakref.ref(Knot())
    gc_tuning.freeze()

    gc.collect()

    assert knot() is not None


def test_cycles_made_later_are_collected_by_themselves() -> None:
    gc_tuning.freeze()
    knot = weakref.ref(Knot())

    # Some more: what other threads free meanwhile is taken off the count.
    kept: list[list[int]] = [[] for _ in range(gc_tuning.GC_THRESHOLD + 1000)]

    assert len(kept) > gc_tuning.GC_THRESHOLD
    assert knot() is None
