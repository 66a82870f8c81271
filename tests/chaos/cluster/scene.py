"""The parts of a world whose broker is a cluster."""

from typing import NamedTuple

from tests.chaos.cluster.cluster import Cluster
from tools.service import Service


class Scene(NamedTuple):
    """The cluster, and the next version of the service."""

    cluster: Cluster
    following: Service
