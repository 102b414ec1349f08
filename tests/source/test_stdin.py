"""Standard input: a recording or a stream that happens now."""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from io import FileIO
from pathlib import Path

import pytest

from rarebird.errors import SourceError
from rarebird.model.fields import Fields
from rarebird.model.instant import UNKNOWN
from rarebird.source.stdin import StdinSource

from .doubles import NOW, batches_of, clock, decoder, message, messages, numbers, read_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.anyio


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as reader, FileIO(writing, "wb") as writer:
        yield reader, writer


def source_of(stream: FileIO, fields: Fields | None = None) -> StdinSource:
    return StdinSource(stream.fileno(), lambda form: decoder(form, fields) if fields else decoder(form), clock=clock)


async def test_a_recording_is_read_to_its_end_without_arrival_times(rsvps: Path) -> None:
    fields = Fields(time="mtime", by="group.group_country")
    with FileIO(rsvps) as stream:
        source = source_of(stream, fields)
        batches = await batches_of(source)
    assert read_of(batches) == len(rsvps.read_bytes().splitlines()) > 1_000
    assert {(batch.arrival, batch.idle) for batch in batches} == {(UNKNOWN, False)}
    assert source.state.kind == "ended"


async def test_a_csv_is_known_by_its_first_line(earthquakes: Path) -> None:
    with FileIO(earthquakes) as stream:
        read = read_of(await batches_of(source_of(stream, Fields(time="time", by="net"))))
    assert read == len(earthquakes.read_bytes().splitlines()) - 1 > 3_000


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress])
async def test_compressed_lines_hold_what_they_were_made_of(
    packed: Callable[[bytes], bytes], rsvps: Path, tmp_path: Path
) -> None:
    await compare(rsvps.read_bytes(), packed, Fields(time="mtime", by="group.group_country"), tmp_path)


@pytest.mark.parametrize("packed", [gzip.compress, zstd.compress])
async def test_a_compressed_csv_holds_what_it_was_made_of(
    packed: Callable[[bytes], bytes], earthquakes: Path, tmp_path: Path
) -> None:
    await compare(earthquakes.read_bytes(), packed, Fields(time="time", by="net"), tmp_path)


async def compare(data: bytes, packed: Callable[[bytes], bytes], fields: Fields, tmp_path: Path) -> None:
    """Reads data plainly, packed, and packed without its last bytes."""
    ends = {}
    for kind, body in (("plain", data), ("packed", packed(data)), ("cut", packed(data)[:-9])):
        (tmp_path / kind).write_bytes(body)
        with FileIO(tmp_path / kind) as stream:
            source = source_of(stream, fields)
            batches = await batches_of(source)
            ends[kind] = (
                read_of(batches),
                source.state.kind,
                [each.reason for batch in batches for each in batch.rejects],
            )
    assert ends["packed"] == ends["plain"]
    assert ends["plain"][0] > 1_000
    assert ends["cut"][0] <= ends["plain"][0]
    assert "ends before its compressed data does" in ends["cut"][2][-1]


async def test_a_live_message_is_handed_on_before_the_writer_says_more_and_idle_batches_follow(
    pipe: tuple[FileIO, FileIO],
) -> None:
    reader, writer = pipe
    writer.write(message(0))
    async with aclosing(source_of(reader).read(None)) as stream:  # type: ignore[type-var]
        batch, position = await anext(stream)
        assert (numbers([batch]), batch.arrival, position.lines) == ([0], NOW, 1)
        batch, position = await anext(stream)
        assert (batch.idle, batch.arrival, position.lines) == (True, NOW, 1)
        writer.write(message(1))
        while batch.idle:
            batch, position = await anext(stream)
        assert (numbers([batch]), position.lines) == ([1], 2)


async def test_a_broken_last_line_is_one_malformed_message(pipe: tuple[FileIO, FileIO]) -> None:
    reader, writer = pipe
    writer.write(messages(3) + b'{"t":17')
    writer.close()
    batches = await batches_of(source_of(reader))
    assert (numbers(batches), sum(batch.malformed for batch in batches)) == ([0, 1, 2], 1)


async def test_an_empty_input_ends_at_once(pipe: tuple[FileIO, FileIO]) -> None:
    reader, writer = pipe
    writer.close()
    assert await batches_of(source_of(reader)) == []


async def test_one_old_message_does_not_make_a_live_stream_a_recording(pipe: tuple[FileIO, FileIO]) -> None:
    reader, writer = pipe
    async with aclosing(source_of(reader).read(None)) as stream:  # type: ignore[type-var]
        for line in (message(0), message(0, NOW - 90 * 86_400_000_000)):
            writer.write(line)
            batch, _ = await anext(stream)
            while batch.idle:
                batch, _ = await anext(stream)
            assert batch.arrival == NOW


async def test_a_named_pipe_is_read_once_somebody_writes_to_it(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = StdinSource(str(path), decoder, clock=clock)
    reading = asyncio.create_task(batches_of(source))
    await asyncio.sleep(0)
    with path.open("wb") as writer:
        writer.write(messages(3))
    assert numbers(await reading) == [0, 1, 2]
    assert source.name == str(path)


async def test_a_stream_that_cannot_be_read_is_a_permanent_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot read"):
        await batches_of(StdinSource(str(tmp_path / "none"), decoder, clock=clock))


async def test_an_error_in_the_reading_thread_that_nobody_thought_of_is_raised_and_no_quiet_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_stream: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr("rarebird.source.pipe._next", fail)
    (tmp_path / "input").write_bytes(messages(1))
    source = StdinSource(str(tmp_path / "input"), decoder, clock=clock)
    with pytest.raises(MemoryError):
        await batches_of(source)
