"""Orders to a test's own server, as its operator would give them."""

import asyncio
from pathlib import Path

from tests.servers.rabbitmq import RabbitmqServer


async def raise_alarm(server: RabbitmqServer) -> None:
    """Have it find that it uses more memory than it may; its connections know that by then."""
    await _evaluate(
        server,
        "vm_memory_monitor:set_vm_memory_high_watermark({absolute, 1000000}),"
        # The monitor reports its alarm in a message of its own. The list of alarms comes from
        # the process that passes it on to the connections.
        " Wait = fun Again() -> case rabbit_alarm:get_alarms() of"
        " [] -> timer:sleep(20), Again(); _ -> ok end end, Wait().",
    )


async def end_alarm(server: RabbitmqServer) -> None:
    """Have it find that all is well again."""
    await _evaluate(server, "vm_memory_monitor:set_vm_memory_high_watermark(0.6).")


async def look_often(server: RabbitmqServer) -> None:
    """Have its channels look each half second for what is held too long, not each minute."""
    await _evaluate(server, "application:set_env(rabbit, channel_tick_interval, 500).")


async def allow_topics(server: RabbitmqServer, exchange: str, keys: str) -> None:
    """Let publishers use the routing keys alone that match the regular expression `keys`."""
    await _control(server, "set_topic_permissions", "app", exchange, keys, ".*")


async def allow_writes(server: RabbitmqServer, names: str) -> None:
    """Let its account write to the exchanges and queues alone that match this expression."""
    await _control(server, "set_permissions", "app", ".*", names, ".*")


async def set_message_limit(server: RabbitmqServer, size: int) -> None:
    """Have channels that are opened from now on refuse larger messages, in bytes."""
    await _evaluate(server, f"persistent_term:put(max_message_size, {size}).")


async def change_password(server: RabbitmqServer, password: str) -> None:
    """Give its account another password; connections that are open stay so."""
    await _control(server, "change_password", "app", password)


async def close_connections(server: RabbitmqServer) -> None:
    """Close every connection of its account."""
    await _control(server, "close_all_user_connections", "app", "test")


async def _evaluate(server: RabbitmqServer, expression: str) -> None:
    await _control(server, "eval", expression)


async def _control(server: RabbitmqServer, *arguments: str) -> None:
    program = Path(server._program).with_name("rabbitmqctl")
    process = await asyncio.create_subprocess_exec(program, *arguments, env=environment(server))
    assert await process.wait() == 0


def environment(server: RabbitmqServer) -> dict[str, str]:
    """Return what `rabbitmqctl` needs to find the server."""
    # The tool is a node too, and needs none of the server's own settings but the names.
    names = ("PATH", "HOME", "LANG", "ERL_EPMD_PORT", "RABBITMQ_NODENAME", "RABBITMQ_CONF_ENV_FILE")
    own = server._environment()
    return {name: own[name] for name in names}
