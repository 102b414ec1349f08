"""What a store holds of missing categories: what was decided goes on, and an older store goes on as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rarebird.config.stores import open_store
from rarebird.decode import Decoder
from rarebird.model.missing import Missing
from rarebird.model.state import pack, unpack
from rarebird.run.local import follow
from rarebird.run.running import Running
from rarebird.source.file import FileSource
from rarebird.store.contract import Step
from tests.run.test_keeping import keeping
from tests.run.test_running import SETTINGS, START

pytestmark = pytest.mark.anyio
Case = dict[str, Any]
GAPS: list[Case] = [{}, {"k": None}, {"k": "a"}, {}]


def write(path: Path, cases: list[dict[str, Any]], noise: int = 0) -> Path:
    with path.open("a") as file:
        for at, case in enumerate(cases):
            file.write(json.dumps({"t": START + at, **case, "noise": "x" * noise}) + "\n")
    return path


def a_watch(path: Path, missing: Missing = "auto") -> Running:
    settings = replace(SETTINGS, missing=missing)
    watch = settings.watch()
    source = FileSource([path], lambda form: Decoder(watch.fields, watch.categories, form), clock=lambda: 0, rows=1)
    return Running(watch, settings, [source])


async def followed(path: Path, url: str, missing: Missing = "auto") -> Running:
    running = a_watch(path, missing)
    await follow(running, keeping(running, open_store(url, "w")))
    return running


async def made_older(url: str) -> None:
    """Takes from a store what versions of before did not write."""
    store = open_store(url, "w")
    saved = await store.open(write=True)
    state = unpack(saved.checkpoint or b"")
    del state["watch"]["own"]["missing"], state["own"]["settings"]["missing"]
    for learned in ("absent", "present"):
        del state["watch"]["parts"]["decoder"][learned]
    positions = {name: replace(position, absent=0, present=False) for name, position in saved.positions.items()}
    await store.commit(Step(checkpoint=pack(state), positions=positions))
    await store.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'watch.db'}"


async def test_an_older_store_goes_on_as_it_was_until_it_is_asked_otherwise_and_says_so(
    url: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "log.jsonl", [{"k": "a"}] * 3)
    await followed(path, url)
    await made_older(url)
    counted, said = list[int](), list[int]()
    asked: list[Missing] = ["auto", "auto", "none", "auto", "malformed", "auto"]
    for missing in asked:
        write(path, GAPS)
        running = await followed(path, url, missing)
        counted.append(running.watch.tally.malformed - sum(counted))
        said.append(sum("--missing none counts them" in note.text for note in running.notes))
        assert running.watch.tally.read == len(counted) * len(GAPS)
    # Missing keys and null, twice; nothing once "(none)" was asked for; missing keys alone.
    assert counted == [3, 3, 0, 0, 2, 2]
    assert said == [1, 1, 0, 0, 0, 0]


async def test_a_store_of_today_says_nothing_of_that_and_knows_the_field(url: str, tmp_path: Path) -> None:
    for name in ("log.jsonl", "other.jsonl"):
        running = await followed(write(tmp_path / name, GAPS), url)
        assert not running.notes
        # The first message of the first file alone: for the second file the store knows the field.
        assert running.watch.tally.malformed == 1


@pytest.mark.parametrize("first", [0, 70, 150])
async def test_a_file_that_is_read_on_from_any_position_counts_as_one_that_is_read_at_once(
    tmp_path: Path, first: int
) -> None:
    thin: list[Case] = [{}]
    mixed: list[Case] = [{}, {"k": " b "}, {"k": None}]
    cases = [*thin * first, {"k": "a"}, *mixed * 50]
    path = write(tmp_path / "log.jsonl", cases, noise=20_000)
    whole = [(batch, position) async for batch, position in a_watch(path).sources[0].read(None)]
    assert len(whole) > 2
    for at, (_, position) in enumerate(whole):
        rest = [batch async for batch, _ in a_watch(path).sources[0].read(position)]
        assert sum(batch.malformed for batch in rest) == sum(batch.malformed for batch, _ in whole[at + 1 :])
    assert sum(batch.malformed for batch, _ in whole) == first
    assert whole[-1][1].present


async def test_what_is_wrong_with_the_first_messages_is_noted_once_on_the_page(url: str, tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", [{"kk": "a"}] * 20)
    for number in range(2):
        running = await followed(path, url)
        (note,) = running.notes
        assert note.text.startswith("None of the first 20 messages has the field k (--by); did you mean kk?")
        assert running.before.read == 20 * number
        write(path, [{"kk": "a"}] * 20)
