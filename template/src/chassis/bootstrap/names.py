"""The names that callers, brokers and token issuers see; the service defines them."""

from msgspec import Struct

from chassis.service_package import NoServiceError, service_module, service_name


class Names(Struct, frozen=True):
    """`exchange` and `queue` are defaults of settings, the queue's after the service's slug.

    `admin_scope` is the scope of a token that holds all others and reads all subjects.
    """

    exchange: str
    queue: str
    admin_scope: str


def read_names() -> Names:
    """Return the names in the service's `bootstrap/names.py`; raises `NoServiceError`."""
    module = service_module("bootstrap.names")
    if module is None:
        raise NoServiceError(f"{service_name()}/bootstrap/names.py is missing")
    return Names(module.EXCHANGE, module.QUEUE, module.ADMIN_SCOPE)
