"""How a command ends other than well."""


class UsageError(Exception):
    """The command was called wrongly; the text says what to call instead. Exit code 2."""


class CommandFailed(Exception):
    """The command, or what it checked, failed; the text says what to do. Exit code 1."""
