"""Settings with which every server of this service listens on any free port."""

from chassis.bootstrap import discovery

FREE_PORTS = {f"{name.upper()}_PORT": "0" for name in ("ops", *discovery.server_names())}
