"""The service as its own tables describe it: every container is made, and nothing is reached."""

from chassis.bootstrap import discovery
from chassis.bootstrap.description import describe


def test_every_role_and_job_is_described() -> None:
    description = describe()
    assert description.roles.keys() == {*discovery.role_names()}
    assert description.servers.keys() == {"ops", *discovery.server_names()}
    assert "prune-notifications" in description.jobs
