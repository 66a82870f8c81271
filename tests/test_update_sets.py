from pathlib import Path

from tools.releases import git
from tools.updates.__main__ import unknown_to

WHO = ("-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid")


def test_a_set_with_a_transport_that_a_release_has_not_is_left_out(tmp_path: Path) -> None:
    server = tmp_path / "template" / "src" / "app" / "bootstrap" / "servers" / "http.py"
    server.parent.mkdir(parents=True)
    server.touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, *WHO, "commit", "--quiet", "--message=first")

    assert unknown_to(tmp_path, "HEAD", {"transports": ["http", "tcp", "grpc"]}) == "tcp, grpc"
    assert unknown_to(tmp_path, "HEAD", {"transports": ["http"]}) == ""
    assert unknown_to(tmp_path, "HEAD", {"roles": ["producer"]}) == ""
