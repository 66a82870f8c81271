"""The microservice chassis: the machinery that serves any aggregate.

The service passes it the name of its package; nothing here imports the service.
"""


def main(package: str) -> None:
    """Run the command line of the service in `package`, and exit.

    The exit code is 0 for success, 1 for a failure, 2 for wrong usage.
    """
    # Imported here, so that an import of a part of the chassis does not load all of it.
    from chassis.cli import run

    run(package)
