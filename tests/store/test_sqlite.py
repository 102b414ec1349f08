"""What is special of a store in a file: locks, full disks, strange files, backups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from rarebird.errors import StoreError
from rarebird.store import schema
from rarebird.store.contract import Step
from rarebird.store.sqlite import SqliteStore

from .committer import step, steps_of
from .steps import history, span

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "rarebird.db"


@contextmanager
def beside(file: Path) -> Iterator[apsw.Connection]:
    """Another program's connection to the file."""
    connection = apsw.Connection(str(file))
    try:
        yield connection
    finally:
        connection.close()


async def test_a_locked_file_is_told_in_clear_words_and_takes_the_same_step_once_it_is_free(file: Path) -> None:
    store = SqliteStore(file, "watch", busy_s=0.01)
    await store.open(write=True)
    await store.commit(step(1))
    second = step(2)
    with beside(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(2):
            with pytest.raises(StoreError, match=r"locked for 0\.01 s; nothing was written") as refused:
                await store.commit(second)
            assert not refused.value.permanent
        other.execute("ROLLBACK")
    await store.commit(second)
    assert await steps_of(store) == 2
    await store.close()


async def test_waiting_for_a_lock_does_not_hold_up_the_event_loop(file: Path) -> None:
    store = SqliteStore(file, "watch", busy_s=60)
    await store.open(write=True)
    with beside(file) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = asyncio.create_task(store.commit(step(1)))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        other.execute("ROLLBACK")
    await waiting
    assert await steps_of(store) == 1
    await store.close()


async def test_a_full_disk_is_told_in_clear_words_and_nothing_is_half_written(file: Path) -> None:
    store = SqliteStore(file, "watch")
    await store.open(write=True)
    await store.commit(step(1))
    assert store._connection
    store._connection.pragma("max_page_count", 60)
    large = Step(names=("2",), journal=(bytes(10**6),), status=b"new", history=history(span(2, {0: 2})))
    with pytest.raises(StoreError, match=r"disk is full.*nothing was written") as refused:
        await store.commit(large)
    assert not refused.value.permanent
    assert await steps_of(store) == 1  # opened again, so the limit is gone
    await store.commit(large)
    assert (await store.open(write=False)).names == ("1", "2")
    await store.close()


async def test_a_deleted_or_replaced_file_is_noticed_before_anything_is_written_to_it(file: Path) -> None:
    store = SqliteStore(file, "watch")
    await store.open(write=True)
    await store.commit(step(1))
    await store.backup(file.with_name("old.db"))
    file.unlink()
    with pytest.raises(StoreError, match="deleted") as refused:
        await store.commit(step(2))
    assert refused.value.lost
    file.with_name("old.db").rename(file)
    with pytest.raises(StoreError, match="replaced"):
        await store.commit(step(2))
    assert await steps_of(store) == 1
    await store.commit(step(2))
    assert await steps_of(store) == 2
    await store.close()


async def test_a_file_that_is_no_store_of_ours_is_refused_and_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    for write_other, expected in (
        (_text, "expected a database"),
        (_other, "of another program"),
        (_newer, "version 2"),
    ):
        write_other(file)
        before = file.read_bytes()
        store = SqliteStore(file, "watch")
        for write in (True, False):
            with pytest.raises(StoreError, match=expected) as refused:
                await store.open(write=write)
            assert refused.value.permanent
        await store.close()
        assert file.read_bytes()[100:] == before[100:]  # without the header, which says how the log is kept
        file.unlink()


def _text(file: Path) -> None:
    file.write_text("once upon a time\n" * 100)


def _other(file: Path) -> None:
    with beside(file) as other:
        other.execute("CREATE TABLE theirs(a)")


def _newer(file: Path) -> None:
    with beside(file) as other:
        other.execute("CREATE TABLE later(a)")
        other.pragma("application_id", schema.APPLICATION)
        other.pragma("user_version", schema.VERSION + 1)


async def test_a_store_that_is_not_there_cannot_be_looked_at_and_is_not_made(file: Path) -> None:
    store = SqliteStore(file, "watch")
    for question in (store.open(write=False), store.history(0, 1, 1), store.status()):
        with pytest.raises(StoreError, match="found no such file"):
            await question
    await store.close()
    assert not file.parent.exists()


async def test_a_folder_that_cannot_be_made_is_told_in_clear_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    store = SqliteStore(tmp_path / "state" / "rarebird.db", "watch")
    with pytest.raises(StoreError, match="cannot be made") as refused:
        await store.open(write=True)
    assert refused.value.permanent
    await store.close()


async def test_only_its_owner_can_read_a_new_file(file: Path) -> None:
    store = SqliteStore(file, "watch")
    await store.open(write=True)
    modes = [path.stat().st_mode & 0o077 for path in (file.parent, *file.parent.iterdir())]
    await store.close()
    assert not any(modes)


async def test_a_backup_taken_while_steps_are_committed_holds_whole_steps(file: Path, tmp_path: Path) -> None:
    store, other = SqliteStore(file, "watch"), SqliteStore(file, "watch")
    await store.open(write=True)
    held = []
    for number in range(1, 61):
        copying = asyncio.create_task(other.backup(tmp_path / f"{number}.db")) if number % 10 == 0 else None
        await store.commit(step(number))
        if copying:
            await copying
            copy = SqliteStore(tmp_path / f"{number}.db", "watch")
            held.append((number - 1, await steps_of(copy), number))
            await copy.close()
    assert all(least <= found <= most for least, found, most in held)
    assert await steps_of(store) == 60
    await store.close()
    await other.close()


async def test_a_backup_replaces_no_file_and_leaves_none_behind_where_it_fails(file: Path, tmp_path: Path) -> None:
    store = SqliteStore(file, "watch")
    await store.open(write=True)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(StoreError, match="expected a new file"):
        await store.backup(tmp_path / "there")
    with pytest.raises(StoreError):
        await store.backup(tmp_path / "no folder" / "copy.db")
    await store.close()
    assert (tmp_path / "there").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "there"]


async def test_what_is_dropped_makes_room_so_the_file_and_its_log_stay_bounded(file: Path) -> None:
    store = SqliteStore(file, "watch")
    await store.open(write=True)
    largest = 0
    for number in range(400):
        now = number * 10_000
        is_last = number % 20 == 19
        body = bytes(50_000)
        await store.commit(
            Step(
                journal=(body,),
                checkpoint=body if is_last else None,
                history=history(span(now, {0: 1})),
                moved=now * 10**6,
            )
        )
        largest = max(largest, sum(path.stat().st_size for path in file.parent.iterdir()))
    await store.close()
    assert largest < 7 * 2**20  # of 20 MB that were written; SQLite's log alone may grow to 4
