"""The error of a remote job that its handler did not foresee."""


class JobFailed(Exception):
    """A job failed in its worker with an unforeseen error, which that worker's log has."""
