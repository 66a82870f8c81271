"""The ways in which a command fails."""


class UsageError(Exception):
    """Wrong usage of the command; the text says what to call instead. Exit code 2."""


class CommandFailed(Exception):
    """The command, or its check, failed; the text says what to do. Exit code 1."""
