"""Send: register notifications with a running service."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from app.application.notification.messages import Register
from app.cli.notification.remote import REMOTE
from chassis.cli.address import own_url
from chassis.cli.credentials import credentials
from chassis.cli.failure import UsageError
from chassis.cli.output import print_json
from chassis.cli.sending import parse_json, read_lines, send


def command(
    receiver: str | None = None,
    action_type: str | None = None,
    data: str = "{}",
    /,
    *,
    actioner: str | None = None,
    lines: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    key: str | None = None,
    via: str | None = None,
    certificate: Path | None = None,
    private_key: Path | None = None,
) -> None:
    """Register one notification, or many from a file, and print the ids as JSON.

    Parameters
    ----------
    receiver
        The receiver of the notification.
    action_type
        The type of the action that happened.
    data
        More about it: a JSON object.
    actioner
        The person or service that acted.
    lines
        A file with one JSON notification a line, or - for standard input, instead of the above.
    key
        An idempotency key: a second call with the same key registers nothing twice.
    via
        The URL of the service; this project's own, by default.
    certificate
        A PEM file: the client certificate, if the service asks for one.
    private_key
        A PEM file: its private key, if it is not in the same file.
    """
    if lines is not None:
        batches = read_lines(lines, "notification")
    elif receiver and action_type:
        one = {
            "receiver": receiver,
            "action_type": action_type,
            "action_data": parse_json("DATA", data),
        }
        batches = [[one | ({"actioner": actioner} if actioner else {})]]
    else:
        raise UsageError("send takes RECEIVER and ACTION_TYPE, or --lines FILE")
    shown = credentials(via, Register.scope, certificate, private_key)
    print_json({"ids": send(REMOTE, batches, key, via or own_url(), shown)})
