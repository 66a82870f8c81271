"""Describe: the parts of the service."""

from rich.text import Text

from chassis.bootstrap.description import Description, describe
from chassis.cli.output import console, plain, print_json, table


def command(*, json: bool = False) -> None:
    """Show roles, handlers, routes, identities, events, upcasters, jobs, retries and settings.

    Also shows the topology of the broker. Shows no secret, and reaches no server.

    Parameters
    ----------
    json
        Print one JSON document instead of tables.
    """
    description = describe()
    if json:
        print_json(description)
        return
    for title, columns, rows in (
        ("Roles", ("role", "handles"), description.roles.items()),
        ("Servers", ("server", "routes"), description.servers.items()),
        ("Identities", ("server", "is known as"), description.identities.items()),
        ("Events", ("type", "handled by"), _events(description)),
        ("Upcasters", ("type", "made newer by"), description.upcasters.items()),
        ("Jobs", ("name", "runs"), description.jobs.items()),
        ("Job handlers", ("job", "handled by"), description.job_handlers.items()),
        (
            "Remote job handlers",
            ("job", "handled by"),
            description.remote_job_handlers.items(),
        ),
        ("Durable jobs", ("type", "handled by"), description.durable_jobs.items()),
        ("Retries", ("an event's", "then it is"), description.retries.items()),
        ("Topology", ("on the broker", "how"), description.topology.items()),
        ("Settings", ("name", "value"), description.settings.items()),
    ):
        if not rows:
            continue
        shown = table(title, *columns)
        for name, value in rows:
            lines = value if isinstance(value, list) else [str(value)]
            shown.add_row(plain(name), Text("\n").join(map(plain, lines)))
        console.print(shown, end="\n\n")


def _events(description: Description) -> list[tuple[str, list[str]]]:
    return [
        (kind, [event.handler, f"bound by {event.binding}"])
        for kind, event in description.events.items()
    ]
