"""The delay of an event that the broker has refused."""

from datetime import timedelta

LONGEST_DELAY = timedelta(seconds=60)


def delay_after(attempts: int) -> timedelta:
    """Return the delay before the next attempt: twice as long each time, up to a minute."""
    # The exponent is bounded, since attempts are not.
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_DELAY)
