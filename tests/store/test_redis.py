"""What is special of a store in Redis: servers that refuse, forget, pause, break off, or are a cluster."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.crc import key_slot

from rarebird.errors import StoreError
from rarebird.store.contract import Listed, Message, Step
from rarebird.store.redis import RedisStore

from .committer import step, steps_of
from .places import Server, free_port, serving
from .steps import history, span

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(url: str, answer_s: float = 15.0) -> AsyncIterator[RedisStore]:
    """A store that holds the first step."""
    store = RedisStore(url, "watch", answer_s=answer_s)
    await store.open(write=True)
    await store.commit(step(1))
    try:
        yield store
    finally:
        await store.close()


async def refusal(store: RedisStore, write: Step | None = None) -> StoreError:
    with pytest.raises(StoreError) as refused:
        await (store.commit(write) if write else store.open(write=True))
    return refused.value


def ask(server: Server, *words: str, **options: Any) -> Any:
    with Redis(port=server.port, protocol=2, **options) as client:
        return client.execute_command(*words)


async def refused_by(url: str, answer_s: float = 15.0) -> StoreError:
    store = RedisStore(url, "watch", answer_s=answer_s)
    try:
        return await refusal(store)
    finally:
        await store.close()


async def test_a_redis_that_is_not_there_is_told_in_clear_words_without_the_password(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = await refused_by(f"redis://ann:secret@127.0.0.1:{port}/0")
    assert str(refused) == (
        f"redis://127.0.0.1:{port}/0: nothing takes connections there; start Redis (`redis-server`), or check the "
        "address"
    )
    assert not refused.permanent
    assert "no host of that name" in str(await refused_by("redis://nowhere.invalid:6379"))
    no_socket = await refused_by(f"unix://{tmp_path}/redis.sock?password=secret")
    assert "there is no such socket" in str(no_socket)
    assert "secret" not in str(no_socket)


async def test_a_wrong_or_missing_password_is_told_in_clear_words(tmp_path: Path) -> None:
    with serving(tmp_path, "--requirepass", "right") as server:
        address = server.url.removeprefix("redis://")
        for login in ("", ":wrong@", "ann:wrong@"):
            refused = await refused_by(f"redis://{login}{address}")
            assert "password" in str(refused)
            assert "wrong" not in str(refused)
            assert refused.permanent
        async with opened(f"redis://:right@{address}") as store:
            assert await steps_of(store) == 1
            assert store.url == server.url


@pytest.mark.parametrize(
    ("answer", "expected", "permanent"),
    [
        ("LOADING Redis is loading the dataset in memory", "still loading", False),
        ("OOM command not allowed when used memory > 'maxmemory'.", "out of memory", False),
        ("READONLY You can't write against a read only replica.", "takes no writes", True),
        ("MISCONF Redis is configured to save RDB snapshots", "cannot save to its own disk", False),
        ("MOVED 3999 10.0.0.7:6381", "give the address of 10.0.0.7:6381", True),
        ("CLUSTERDOWN Hash slot not served", "cluster is down", False),
        ("MASTERDOWN Link with MASTER is down", "cannot reach", False),
        ("NOPERM User ann has no permissions to run the 'hget' command", "may not run", True),
        ("NOAUTH Authentication required.", "password", True),
        ("ERR max number of clients reached", "maxclients", False),
        ("ERR DB index is out of range", "no database of that number", True),
        ("BUSY Redis is busy running a script.", "busy with a script", False),
        ("ERR unknown command 'HGET'", "Redis 7.0 or later", True),
    ],
)
async def test_each_refusal_says_what_to_do_and_whether_to_try_again(
    answer: str, expected: str, permanent: bool
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(f"-{answer}\r\n".encode())
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening:
        refused = await refused_by(f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
    assert expected in str(refused)
    assert (refused.permanent, refused.fenced, refused.lost) == (permanent, False, False)


async def test_a_redis_out_of_memory_takes_nothing_of_a_step_and_all_of_it_later(server: Server) -> None:
    async with opened(server.url) as store:
        ask(server, "CONFIG", "SET", "maxmemory", "1mb")
        second = step(2)
        refused = await refusal(store, second)
        assert "out of memory" in str(refused)
        assert not refused.permanent
        ask(server, "CONFIG", "SET", "maxmemory", "0")
        assert (await store.names()) == ("1",)
        await store.commit(second)
        assert await steps_of(store) == 2


async def test_a_redis_that_became_a_copy_takes_nothing(server: Server) -> None:
    async with opened(server.url) as store:
        ask(server, "REPLICAOF", "127.0.0.1", "1")
        refused = await refusal(store, step(2))
        assert "takes no writes" in str(refused)
        assert not refused.permanent
        ask(server, "REPLICAOF", "NO", "ONE")
        await store.commit(step(2))
        assert await steps_of(store) == 2


async def test_a_password_that_changes_while_a_watch_runs_passes_once_it_is_that_one_again(server: Server) -> None:
    async with opened(server.url) as store:
        ask(server, "CONFIG", "SET", "requirepass", "new")
        ask(server, "CLIENT", "KILL", "TYPE", "normal", password="new")
        await refusal(store, step(2))
        refused = await refusal(store, step(2))
        assert ("password" in str(refused), refused.permanent) == (True, False)
        ask(server, "CONFIG", "SET", "requirepass", "", password="new")
        await committed_in_the_end(store, step(2))
        assert await steps_of(store) == 2


async def test_a_paused_redis_is_told_and_the_step_counts_once(server: Server) -> None:
    async with opened(server.url, answer_s=0.2) as store:
        server.pause()
        second = step(2)
        refused = await refusal(store, second)
        assert "no answer" in str(refused)
        assert not refused.permanent
        server.go_on()
        await store.commit(second)
        assert await steps_of(store) == 2


async def committed_in_the_end(store: RedisStore, wanted: Step) -> None:
    """Commits a step as its contract says: the very same again where trying again can help."""
    for _ in range(3):
        try:
            return await store.commit(wanted)
        except StoreError as error:
            if error.permanent:
                raise
    raise AssertionError("three tries failed")


async def test_a_redis_that_forgot_all_is_noticed_and_can_be_opened_again(tmp_path: Path) -> None:
    with serving(tmp_path, "--appendonly", "no") as server:
        async with opened(server.url) as store:
            server.kill()
            server.again()
            with pytest.raises(StoreError, match="forgotten") as refused:
                await committed_in_the_end(store, step(2))
            assert refused.value.lost
            assert await steps_of(store) == 0
            await store.commit(step(1))
            assert await steps_of(store) == 1


async def test_a_redis_that_forgot_the_last_steps_is_noticed(tmp_path: Path) -> None:
    with serving(tmp_path, "--appendonly", "no") as server:
        async with opened(server.url) as store:
            ask(server, "SAVE")
            await store.commit(step(2))
            server.kill()
            server.again()
            with pytest.raises(StoreError, match="forgotten"):
                await committed_in_the_end(store, step(3))
            assert await steps_of(store) == 1


async def test_a_redis_that_restarted_and_forgot_nothing_goes_on(server: Server) -> None:
    async with opened(server.url) as store:
        server.kill()
        server.again()
        await committed_in_the_end(store, step(2))
        assert await steps_of(store) == 2


@pytest.mark.parametrize("part", ["checkpoint", "journal", "names", "owner"])
async def test_a_part_that_is_missing_is_noticed_until_the_watch_is_forgotten(server: Server, part: str) -> None:
    async with opened(server.url) as store:
        for number in range(2, 9):
            await store.commit(step(number))
        ask(server, "DEL", f"rarebird:{{watch}}:{part}")
        for write in (True, False):
            with pytest.raises(StoreError, match="forgotten a part") as refused:
                await store.open(write=write)
            assert refused.value.lost
        await store.forget()
        assert await steps_of(store) == 0


@asynccontextmanager
async def cutting(server: Server) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to the server that swallows its answers and breaks off once the event is set."""
    cut = asyncio.Event()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool) -> None:
        while block := await reader.read(65_536):
            if answers and cut.is_set():
                break
            writer.write(block)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(carry(reader, ours, False), carry(theirs, writer, True))

    async with await asyncio.start_server(connect, "127.0.0.1", 0) as listening:
        yield f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}", cut


async def test_a_step_whose_answer_got_lost_counts_once_when_it_is_given_again(server: Server) -> None:
    async with cutting(server) as (url, cut), opened(url) as store:
        second = Step(names=("2",), journal=(b"2",) * 3)
        cut.set()
        refused = await refusal(store, second)
        assert not refused.permanent
        cut.clear()
        assert await store.names() == ("1", "2")
        await store.commit(second)
        await store.commit(Step(names=("3",)))
        assert await store.names() == ("1", "2", "3")


async def test_another_step_behind_one_whose_answer_got_lost_is_refused_until_opened_again(server: Server) -> None:
    async with cutting(server) as (url, cut), opened(url) as store:
        cut.set()
        await refusal(store, Step(names=("2",)))
        cut.clear()
        refused = await refusal(store, Step(names=("3",)))
        assert refused.lost
        assert (await store.open(write=True)).names == ("1", "2")
        await store.commit(Step(names=("3",)))
        assert await store.names() == ("1", "2", "3")


async def test_a_redis_that_drops_keys_to_make_room_is_refused(server: Server) -> None:
    ask(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    async with opened(server.url):
        ask(server, "CONFIG", "SET", "maxmemory", "100mb")
    refused = await refused_by(server.url)
    assert "maxmemory-policy allkeys-lru" in str(refused)
    assert refused.permanent


async def test_all_keys_of_a_watch_are_in_one_slot_and_carry_its_name(server: Server) -> None:
    async with opened(server.url) as store:
        await store.commit(step(7))
        await store.commit(Step(journal=(b"behind",), history=history(span(9, {1: 1}))))
        (claimed, *_) = await store.claim(100, 1, 1, "slack")
        await store.sent([claimed.message.id])
        await store.commit(Step(incidents=(Listed(8, 9 * 10**6, b"over"),)))
        await store.reply(b"left")
    keys = ask(server, "KEYS", "*")
    assert len(keys) == 16
    assert all(key.startswith(b"rarebird:{watch}:") for key in keys)
    assert len({key_slot(key) for key in keys}) == 1


async def test_a_node_of_a_cluster_keeps_a_watch_like_any_other(tmp_path: Path) -> None:
    # Without it the nodes talk to each other on a port 10,000 higher, which may be none.
    with serving(tmp_path, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        ask(server, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        while b"cluster_state:ok" not in ask(server, "CLUSTER", "INFO"):
            await asyncio.sleep(0.01)
        async with opened(server.url) as store:
            for number in range(2, 9):
                await store.commit(step(number))
            assert await steps_of(store) == 8
            await store.sent(["1"])
            await store.note([Message("2", "slack", b"", 5)])
            await store.forget()
            assert await steps_of(store) == 0


async def test_a_socket_and_a_numbered_database_are_addresses_too(tmp_path: Path) -> None:
    with serving(tmp_path, "--unixsocket", str(tmp_path / "redis.sock")) as server:
        for url in (f"unix://{tmp_path}/redis.sock", f"{server.url}/3", f"unix://{tmp_path}/redis.sock?db=4"):
            async with opened(url) as store:
                assert await steps_of(store) == 1


async def test_a_cancellation_at_any_moment_ends_whoever_asks_again_and_again(server: Server) -> None:
    store = RedisStore(server.url, "of one who asks")

    async def ask() -> None:
        while True:
            await store.status()

    for moment in range(60):
        asking = asyncio.create_task(ask())
        for _ in range(moment):
            await asyncio.sleep(0)
        asking.cancel()
        _, waiting = await asyncio.wait([asking], timeout=10)
        assert not waiting, f"lost at turn {moment} of the loop"
    await store.close()
