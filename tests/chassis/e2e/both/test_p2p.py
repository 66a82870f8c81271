"""The p2p server as an operator and a peer have it: the commands, a stream, SIGTERM."""

import asyncio
import json
import signal
import stat
from pathlib import Path

import pytest

from chassis.interfaces.p2p.identity import Identity
from tests.chassis.conformance.drivers.p2p import NODE_ID, SETTINGS, Wire, connection
from tests.e2e.process import Process, all_listed, run, serving

LINE = (
    b'{"jsonrpc":"2.0","id":%d,"method":"notifications.register","params":'
    b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}'
)
ADA = "a" * 64


@pytest.mark.parametrize(
    ("url", "code", "said"),
    (
        (f"p2p://{ADA}", 1, "no address of this node id is known"),
        (f"p2p://{ADA}@127.0.0.1:port", 2, "is no URL such as p2p://NODE_ID@127.0.0.1:4001"),
        ("p2p://127.0.0.1:4001", 2, "a node id has 64 hexadecimal digits"),
        (f"p2ps://{ADA}@127.0.0.1", 2, "--via takes the URL of a running service"),
        (f"tcp://{ADA}@127.0.0.1", 2, "--via takes no user and no query"),
    ),
)
def test_send_tells_what_is_wrong_with_a_url(
    tmp_path: Path, url: str, code: int, said: str
) -> None:
    sent = run(tmp_path, "send", "ada", "greeted", "--via", url)
    assert sent.returncode == code, sent
    assert said in sent.stderr
    assert sent.stderr.count("\n") == 1


def test_a_certificate_is_of_no_use(tmp_path: Path) -> None:
    command = ("send", "ada", "greeted", "--via", f"p2p://{ADA}@h", "--certificate", "x.crt")
    sent = run(tmp_path, *command)
    assert sent.returncode == 2
    assert "p2p takes no --certificate" in sent.stderr


async def test_serve_makes_a_key_that_describe_and_the_log_name(tmp_path: Path) -> None:
    before = json.loads(run(tmp_path, "describe", "--json").stdout)["identities"]["p2p"]
    async with serving(tmp_path) as process:
        [line] = [line for line in process.logs if line.get("server") == "p2p"]
    async with serving(tmp_path) as process:
        [again] = [line for line in process.logs if line.get("server") == "p2p"]
    after = json.loads(run(tmp_path, "describe", "--json").stdout)["identities"]["p2p"]

    assert before == "none yet: serve makes one"
    assert after == line["node_id"] == again["node_id"]
    key = tmp_path / "var" / "p2p.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert Identity.read(key.read_text().strip()).node_id == line["node_id"]


def test_init_makes_a_key_and_prints_its_node_id(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# P2P_KEY=<made by init>\n")
    made = run(tmp_path, "init")
    name, _, key = (tmp_path / ".env").read_text().strip().partition("=")
    described = json.loads(run(tmp_path, "describe", "--json").stdout)

    assert name == "P2P_KEY"
    assert Identity.read(key).node_id in made.stdout
    assert described["identities"]["p2p"] == Identity.read(key).node_id
    assert key not in json.dumps(described)
    assert not (tmp_path / "var" / "p2p.key").exists()


async def test_the_commands_find_their_own_service_and_a_peer_of_the_list(tmp_path: Path) -> None:
    async with serving(tmp_path, **SETTINGS) as process:
        place = f"{NODE_ID}@127.0.0.1:{process.ports['p2p']}"
        command = ("send", "ada", "greeted", "--via")
        named = await asyncio.to_thread(run, tmp_path, *command, f"p2p://{place}")
        listed = await asyncio.to_thread(
            run, tmp_path, *command, f"p2p://{NODE_ID}", P2P_PEERS=place
        )
        assert (named.returncode, listed.returncode) == (0, 0), (named, listed)
        assert len(await all_listed(process.url)) == 2


async def test_a_command_that_is_not_listed_is_told_its_node_id(tmp_path: Path) -> None:
    settings = SETTINGS | {"P2P_ALLOWED_PEERS": ADA}
    async with serving(tmp_path, **settings) as process:
        url = f"p2p://{NODE_ID}@127.0.0.1:{process.ports['p2p']}"
        sent = await asyncio.to_thread(run, tmp_path, "send", "ada", "greeted", "--via", url)
    own = Identity.read((tmp_path / "var" / "p2p-command.key").read_text().strip()).node_id
    assert sent.returncode == 1
    assert "P2P_ALLOWED_PEERS" in sent.stderr
    assert own in sent.stderr
    settings["P2P_ALLOWED_PEERS"] += f",{own}"
    async with serving(tmp_path, **settings) as process:
        url = f"p2p://{NODE_ID}@127.0.0.1:{process.ports['p2p']}"
        sent = await asyncio.to_thread(run, tmp_path, "send", "ada", "greeted", "--via", url)
    assert sent.returncode == 0, sent


async def test_doctor_tells_what_holds_the_port(tmp_path: Path) -> None:
    async with serving(tmp_path, **SETTINGS) as process:
        port = str(process.ports["p2p"])
        told = await asyncio.to_thread(run, tmp_path, "doctor", P2P_PORT=port, **SETTINGS)
    assert f"P2P_PORT {port} on 127.0.0.1 is taken" in " ".join(told.stdout.split())


async def test_a_drain_under_load_answers_all_that_it_accepted(tmp_path: Path) -> None:
    accepted: list[str] = []
    kinds: set[str] = set()

    async def caller(process: Process) -> None:
        number = 0
        async with connection(f"127.0.0.1:{process.ports['p2p']}") as connected:
            wire = Wire(await connected.open_bi())
            answers = wire.messages()
            try:
                while True:
                    for _ in range(10):
                        await wire.send(LINE % number)
                        number += 1
                    for _ in range(10):
                        answer = json.loads(await anext(answers))
                        if "result" in answer:
                            accepted.extend(answer["result"]["ids"])
                        else:
                            kinds.add(answer["error"]["data"]["kind"])
            except (ConnectionError, StopAsyncIteration):
                # Some answers may have arrived meanwhile.
                async for line in answers:
                    accepted.extend(json.loads(line).get("result", {}).get("ids", ()))

    async with serving(tmp_path, **SETTINGS) as process:
        calling = [asyncio.create_task(caller(process)) for _ in range(8)]
        while len(accepted) < 200:
            await asyncio.sleep(0.01)
        process.signal(signal.SIGTERM)
        await asyncio.gather(*calling)
        assert await process.ended() == 0
        assert not any(line.get("level") == "error" for line in process.logs)
    assert kinds <= {"busy"}
    async with serving(tmp_path, **SETTINGS) as process:
        # Notifications that were stored without an answer would be more than that.
        assert sorted(accepted) == sorted(await all_listed(process.url))
