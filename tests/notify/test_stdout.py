"""Lines on an output that is full, slow, cut or closed: each stands there whole and once."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rarebird.notify.backlog import Entry
from rarebird.notify.contract import ChannelClosed, Undelivered
from rarebird.notify.outgoing import NoLedger, Outgoing
from rarebird.notify.stdout import TextLines, message
from tests.notify.test_outgoing import Time, notices

pytestmark = pytest.mark.anyio
FULL = st.sampled_from([errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.EIO])


class Disk:
    """Takes as many bytes at a time as it is told, or fails with a number, and then all."""

    def __init__(self, done: Sequence[int]) -> None:
        self._done, self.data = list(done), b""

    def write(self, data: bytes) -> int:
        act = self._done.pop(0) if self._done else len(data)
        if act < 0:
            raise OSError(-act, os.strerror(-act))
        self.data += data[:act]
        return min(act, len(data))


@given(st.lists(st.integers(1, 40) | FULL.map(lambda number: -number), max_size=30), st.integers(1, 9))
async def test_each_line_stands_there_whole_and_once_however_often_the_disk_is_full(
    done: list[int], count: int
) -> None:
    disk, time = Disk(done), Time()
    way = Outgoing(TextLines(disk.write), lambda _: None, time, clock=lambda: time.now)
    backlog, every = way.backlog(), notices(count)
    coming = iter(every)
    for notice in coming:
        backlog.put(Entry(notice))
        await way.send_one(backlog, NoLedger())
    while backlog:
        await way.send_one(backlog, NoLedger())
    assert disk.data.decode() == message(every)
    assert way.failing_s is None


async def test_a_full_disk_is_waited_out_and_nobody_who_reads_ends_it() -> None:
    disk = Disk([3, -errno.ENOSPC, -errno.EPIPE])
    lines = TextLines(disk.write)
    with pytest.raises(Undelivered, match="No space left on device") as raised:
        await lines.send(notices(1))
    assert (raised.value.about, raised.value.in_doubt) == ("attempt", False)
    with pytest.raises(ChannelClosed, match="standard output was closed"):
        await lines.send(notices(1))


async def test_what_is_said_instead_of_a_line_that_broke_off_begins_a_line_of_its_own() -> None:
    disk = Disk([23, -errno.ENOSPC])
    lines = TextLines(disk.write)
    with pytest.raises(Undelivered):
        await lines.send(notices(1))
    await lines.send(notices(1, 7))
    assert disk.data.decode() == f"{message(notices(1))}{message(notices(1, 7))}"
