"""Files: plain, compressed, cut short, resumed, missing."""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

import pytest

from rarebird.errors import SourceError
from rarebird.model.fields import Fields
from rarebird.model.instant import UNKNOWN
from rarebird.model.position import Position
from rarebird.source import recording
from rarebird.source.file import FileSource
from rarebird.source.presets import MEETUP

from .doubles import batches_of, clock, decoder, messages, numbers, read_of, taken

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.anyio
COUNT = 20_000


def packed(data: bytes, kind: str) -> bytes:
    if kind == "gz":
        return gzip.compress(data, 1)
    return zstd.compress(data) if kind == "zst" else data


def source_of(*paths: Path, fields: Fields | None = None, limit: int = 16 << 20) -> FileSource:
    made = lambda form: decoder(form, fields) if fields else decoder(form)  # noqa: E731
    return FileSource(paths, made, clock=clock, limit=limit, rows=1)


@pytest.mark.parametrize("kind", ["plain", "gz", "zst"])
async def test_every_message_comes_once_and_in_order_however_the_file_is_packed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stream"
    path.write_bytes(packed(messages(COUNT), kind))
    source = source_of(path)
    batches = await batches_of(source)
    assert numbers(batches) == list(range(COUNT))
    assert {batch.arrival for batch in batches} == {UNKNOWN}
    assert source.state.kind == "ended"
    assert source.progress == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize("kind", ["gz", "zst"])
async def test_several_members_in_one_file_are_read_through(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stream"
    path.write_bytes(packed(messages(700), kind) + packed(messages(300, 700), kind))
    assert numbers(await batches_of(source_of(path))) == list(range(1000))


@pytest.mark.parametrize("kind", ["gz", "zst"])
async def test_what_a_compressed_file_that_is_cut_short_still_holds_is_read_and_the_cut_is_told(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"stream.jsonl.{kind}"
    whole = packed(messages(COUNT), kind)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    source = source_of(path)
    batches = await batches_of(source)
    found = numbers(batches)
    assert found == list(range(len(found)))
    assert COUNT / 4 < len(found) < COUNT
    assert "ends before its compressed data does" in batches[-1].rejects[-1].reason
    assert str(path) in source.state.detail
    assert read_of(batches) == len(found) + sum(batch.malformed for batch in batches)


@pytest.mark.parametrize("kind", ["gz", "zst"])
async def test_broken_compressed_data_ends_the_file_but_loses_nothing_that_came_before(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "stream"
    path.write_bytes(packed(messages(100), kind) + (b"\x1f\x8b" if kind == "gz" else b"\x28\xb5\x2f\xfd") + b"nonsense")
    source = source_of(path)
    batches = await batches_of(source)
    assert numbers(batches) == list(range(100))
    assert "is broken" in source.state.detail


async def test_zeros_that_fill_up_a_gzip_file_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    path.write_bytes(gzip.compress(messages(10)) + b"\0" * 512)
    source = source_of(path)
    assert (len(numbers(await batches_of(source))), source.state.detail) == (10, "")


async def test_a_small_file_that_expands_to_a_large_one_comes_in_small_steps(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(zlib.compress(b" " * 50_000_000 + b"\n" + messages(3), 9, wbits=31))
    batches = await batches_of(source_of(path, limit=1 << 20))
    assert numbers(batches) == [0, 1, 2]
    assert [batch.malformed for batch in batches if batch.malformed] == [1]


async def test_a_broken_last_line_is_one_malformed_message(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    path.write_bytes(messages(5) + b'{"t":17000')
    batches = await batches_of(source_of(path))
    assert (numbers(batches), sum(batch.malformed for batch in batches)) == ([0, 1, 2, 3, 4], 1)


async def test_a_last_line_without_its_newline_counts(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    path.write_bytes(messages(5).rstrip())
    assert numbers(await batches_of(source_of(path))) == [0, 1, 2, 3, 4]


async def test_a_line_over_the_limit_is_one_malformed_message_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    path.write_bytes(messages(2) + b"x" * 20_000_000 + b"\n" + messages(2, 2))
    batches = await batches_of(source_of(path, limit=1 << 20))
    assert numbers(batches) == [0, 1, 2, 3]
    assert (read_of(batches), sum(batch.malformed for batch in batches)) == (5, 1)


async def test_an_empty_file_is_an_empty_stream(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    path.touch()
    source = source_of(path)
    assert await batches_of(source) == []
    assert source.state.kind == "ended"


async def test_files_are_read_one_after_another_each_in_its_own_form(tmp_path: Path) -> None:
    first, second, third = tmp_path / "a.jsonl", tmp_path / "b.csv", tmp_path / "c.csv.gz"
    first.write_bytes(b"\xef\xbb\xbf" + messages(2))
    second.write_bytes(b"c,n,t\nA,2,1700000002000\n")
    third.write_bytes(gzip.compress(b"\xef\xbb\xbft,c,n\n1700000003000,A,3\n"))
    source = source_of(first, second, third)
    assert numbers(await batches_of(source)) == [0, 1, 2, 3]
    assert source.name == f"{first} and 2 more"


async def test_a_csv_is_gone_on_with_from_any_record_by_the_columns_of_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CHUNK", 64 << 10)
    path = tmp_path / "stream.csv"
    rows = b"".join(b'%d,"a ""b"",\nc",%d\n' % (1700000000000 + number * 1000, number) for number in range(10_000))
    path.write_bytes(b"t,c,n\n" + rows)
    whole = await taken(source_of(path))
    assert len(whole) > 2
    for (_, position), following in zip(whole, range(1, len(whole)), strict=False):
        rest = await batches_of(source_of(path), position)
        assert numbers(rest) == numbers([batch for batch, _ in whole[following:]])


@pytest.mark.parametrize("fields", [MEETUP.fields, Fields()])
async def test_the_recorded_rsvps_are_all_read(rsvps: Path, fields: Fields) -> None:
    batches = await batches_of(source_of(rsvps, fields=fields))
    lines = len(rsvps.read_bytes().splitlines())
    assert (read_of(batches), sum(batch.malformed for batch in batches)) == (lines, 0)
    assert lines > 1_000


async def test_the_recorded_earthquakes_are_all_read(earthquakes: Path) -> None:
    fields = Fields(time="time", by="net", id=("id",))
    batches = await batches_of(source_of(earthquakes, fields=fields))
    rows = len(earthquakes.read_bytes().splitlines()) - 1
    assert (read_of(batches), sum(len(batch.time) for batch in batches)) == (rows, rows)
    assert rows > 3_000


async def test_what_cannot_be_opened_is_a_permanent_error_that_names_it(tmp_path: Path) -> None:
    for path, words in [(tmp_path / "none.jsonl", "no such file"), (tmp_path, "found a folder")]:
        with pytest.raises(SourceError, match=words) as caught:
            await batches_of(source_of(path))
        assert caught.value.permanent
        assert str(path) in str(caught.value)


async def test_a_file_that_became_shorter_than_its_position_is_told(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    path.write_bytes(messages(1))
    with pytest.raises(SourceError, match="another file now"):
        await batches_of(source_of(path), Position(offset=10_000, lines=100))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
async def test_a_file_that_was_replaced_by_another_is_not_taken_for_the_first_grown(tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    def write(data: bytes) -> None:
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    for few in (3, 300):
        write(messages(few))
        (*_, (_, position)) = await taken(source_of(path))
        write(messages(few + 10))
        grown = await taken(source_of(path), position)
        assert numbers([batch for batch, _ in grown]) == [*range(few, few + 10)]
        write(messages(few + 20, start=1))
        with pytest.raises(SourceError, match=r"it is another file now.*--fresh"):
            await taken(source_of(path), position)
