"""Workers that are broken: late writes pass, and remote calls are done twice or never end."""

from tests.chaos.mutants.mutant import Change, Mutant

MUTANTS = (
    Mutant(
        "a fence that lets old grants pass",
        (
            Change(
                "chassis/infrastructure/database/transaction.py",
                "        if newest != grant.token:\n",
                "        if newest is None:\n",
            ),
        ),
        ("worker frozen",),
        (
            "a write under an old lock",
            "two holders at once",
            "a tick with two runs",
            "a run under an old grant",
        ),
    ),
    Mutant(
        "remote calls that are handled again",
        (
            Change(
                "chassis/application/rpc/call_handling.py",
                "        if call.is_redelivered and not kind.is_idempotent:\n",
                "        if call.is_redelivered and kind.is_idempotent:\n",
            ),
        ),
        ("worker killed",),
        ("remote work done twice",),
    ),
    Mutant(
        "remote calls without a deadline",
        (
            Change(
                "chassis/application/rpc/remote_jobs.py",
                "        deadline = asyncio.timeout(within)\n",
                "        deadline = asyncio.timeout(600)\n",
            ),
        ),
        ("worker frozen", "rabbitmq frozen"),
        ("a remote call that ended late", "a remote call without an end"),
    ),
)
