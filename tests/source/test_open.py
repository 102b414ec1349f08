"""From what a user names to a source, and what is said where it names none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rarebird.config.sources import open_source, open_sources, preset_for
from rarebird.errors import ConfigError
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.source.contract import Source
from rarebird.source.file import FileSource
from rarebird.source.live import LiveSource
from rarebird.source.presets import MEETUP, PRESETS, WIKIPEDIA, Preset
from rarebird.source.stdin import StdinSource

from .doubles import FIELDS, batches_of, clock, messages, numbers, served, streamed


def opened(text: str, preset: Preset | None = None) -> Source:
    return open_source(text, FIELDS, Categories(), preset=preset, clock=clock)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("-", StdinSource, "standard input"),
        ("http://127.0.0.1:8001/2/rsvps", LiveSource, "http://127.0.0.1:8001/2/rsvps"),
        ("wss://ann:pw@example.org/s", LiveSource, "wss://example.org/s"),
        ("wikipedia", LiveSource, "https://stream.wikimedia.org/v2/stream/recentchange"),
    ],
)
def test_each_form_of_a_source_is_known(text: str, kind: type, name: str) -> None:
    source = opened(text)
    assert type(source) is kind
    assert source.name == name
    assert source.live is (kind is LiveSource)


def test_all_files_are_one_source_beside_the_others(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.csv"]
    for path in paths:
        path.touch()
    texts = [str(paths[0]), "ws://127.0.0.1/", str(paths[1])]
    sources = open_sources(texts, FIELDS, Categories(), clock=clock)
    assert [type(source) for source in sources] == [LiveSource, FileSource]
    assert sources[1].name == f"{paths[0]} and 1 more"


def test_a_named_pipe_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert (type(opened(str(path))), opened(str(path)).name) == (StdinSource, str(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ftp://example.org/x", "got ftp://"),
        ("htps://example.org/x", "did you mean https?"),
        ("http://", "without a host"),
        ("http://127.0.0.1:99999/", "wrong port"),
        ("wikipeda", "did you mean wikipedia?"),
        ("/no/such/folder/x.jsonl", "nor the folder"),
    ],
)
def test_what_is_no_source_is_told_with_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        opened(text)
    assert words in str(caught.value)
    assert "expected -, a file, http" in str(caught.value)


def test_a_misspelt_file_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "rsvps.jsonl").touch()
    with pytest.raises(ConfigError, match=r"did you mean .*rsvps\.jsonl"):
        opened(str(tmp_path / "rsvp.jsonl"))
    with pytest.raises(ConfigError, match="got a folder"):
        opened(str(tmp_path))


def test_the_retired_stream_is_told_with_what_can_be_watched_instead() -> None:
    with pytest.raises(ConfigError, match="retired") as caught:
        opened("meetup")
    for words in ("2022-02-07", "rarebird demo", "rarebird simulate --serve 127.0.0.1:8001"):
        assert words in str(caught.value)


def test_a_preset_is_named_by_option_or_as_the_source() -> None:
    assert preset_for(["http://127.0.0.1/"], "meetup") is MEETUP
    assert preset_for(["wikipedia"]) is WIKIPEDIA
    assert preset_for(["x.jsonl"]) is None
    with pytest.raises(ConfigError, match=r"did you mean meetup\?"):
        preset_for([], "metup")


@pytest.mark.parametrize("preset", PRESETS.values())
def test_a_preset_says_all_that_a_watch_needs(preset: Preset) -> None:
    assert preset.fields.time
    assert preset.fields.by
    assert preset.fields.id
    assert preset.title
    assert preset.note
    assert preset.lateness > 0
    assert isinstance(preset.fields, Fields)


@pytest.mark.anyio
async def test_an_address_is_json_lines_or_events_as_its_answer_says() -> None:
    async def lines(request):  # type: ignore[no-untyped-def]
        return await streamed(request, messages(3))

    async def events(request):  # type: ignore[no-untyped-def]
        data = [b"data: " + line + b"\n\n" for line in messages(3).splitlines()]
        return await streamed(request, *data, content_type="text/event-stream")

    for handler in (lines, events):
        async with served(handler) as url:
            source = open_source(url, FIELDS, Categories(), clock=clock, follow=False)
            assert numbers(await batches_of(source)) == [0, 1, 2]
