"""Names of earlier releases: the code is in `app.domain.ids`. They go in the next major release."""

from app.domain.ids import CLOCK_SKEW, AheadOfClock, new_id, time_of, time_of_foreign

__all__ = ["CLOCK_SKEW", "AheadOfClock", "new_id", "time_of", "time_of_foreign"]
