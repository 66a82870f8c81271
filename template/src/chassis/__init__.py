"""The microservice chassis: the machinery that serves any aggregate.

The service tells it the name of its package; nothing here imports the service.
"""


def main(package: str) -> None:
    """Run the command line of the service in `package`, and exit.

    The exit code is 0 when it is done, 1 when it failed, 2 when it was called wrongly.
    """
    # Here, so that an import of a part of the chassis does not load all of it.
    from chassis.cli import run

    run(package)
