"""From what a user names to sources: standard input, files, addresses, presets."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from rarebird.decode import Decoder
from rarebird.errors import ConfigError
from rarebird.model.categories import Categories
from rarebird.model.fields import Fields
from rarebird.source.blocks import Lines
from rarebird.source.contract import Source
from rarebird.source.file import FileSource
from rarebird.source.http import HttpLink
from rarebird.source.live import Link, LiveSource, Pace
from rarebird.source.meetup import refusal, resume
from rarebird.source.presets import PRESETS, Preset
from rarebird.source.sse import EventStream
from rarebird.source.stdin import StdinSource
from rarebird.source.websocket import WebSocketLink

Form = Literal["auto", "json", "csv"]
EXPECTED: Final = "expected -, a file, http(s)://…, ws(s)://… or a preset"
_SCHEMES: Final = ("http", "https", "ws", "wss")


def open_source(  # noqa: PLR0913 - one argument for each thing that a user may choose
    text: str,
    fields: Fields,
    categories: Categories,
    *,
    preset: Preset | None = None,
    clock: Callable[[], int],
    form: Form = "auto",
    follow: bool = True,
) -> Source:
    """The source that one text names. Raises ConfigError where it names none.

    `follow` False ends a stream over HTTP or WebSocket where the server ends it properly, rather than connecting
    again; a document (an answer with a Content-Length) always ends.
    """
    (source,) = open_sources([text], fields, categories, preset=preset, clock=clock, form=form, follow=follow)
    return source


def open_sources(  # noqa: PLR0913 - as above
    texts: Sequence[str],
    fields: Fields,
    categories: Categories,
    *,
    preset: Preset | None = None,
    clock: Callable[[], int],
    steady: Callable[[], int] | None = None,
    form: Form = "auto",
    follow: bool = True,
) -> list[Source]:
    """The sources that the texts name; all files among them are one source, read one after another.

    `steady` gives µs UTC by a clock that nobody sets. Raises ConfigError where a text names none.
    """
    decoder = partial(Decoder, fields, categories)
    sources: list[Source] = []
    files: list[Path] = []
    for text in texts:
        if text == "-" or _is_pipe(text):
            sources.append(StdinSource(0 if text == "-" else text, decoder, clock=clock, steady=steady, form=form))
        elif "://" in text or (text in PRESETS and not Path(text).exists()):
            known = PRESETS.get(text, preset)
            link = _link(text if "://" in text else _address(text), known, follow)
            pace, again = Pace(stall_s=known.stall_s if known else None), _resumes(known)
            sources.append(LiveSource(link, decoder("json"), clock=clock, steady=steady, pace=pace, again=again))
        else:
            files.append(_file(text))
    return [*sources, FileSource(files, decoder, clock=clock, form=form)] if files else sources


def preset_for(texts: Sequence[str], name: str | None = None) -> Preset | None:
    """The preset that a user asked for by `--preset NAME` or as the source itself; None where by neither.

    Raises ConfigError where no preset has that name.
    """
    if name is not None:
        if name not in PRESETS:
            raise ConfigError(f"expected a preset ({', '.join(PRESETS)}), got {name!r}{_near(name, [*PRESETS])}")
        return PRESETS[name]
    return next((PRESETS[text] for text in texts if text in PRESETS and not Path(text).exists()), None)


def _link(url: str, preset: Preset | None, follow: bool) -> Link:
    _check_url(url)
    going_on = partial(resume, url) if _resumes(preset) else None
    if url.startswith("ws"):
        return WebSocketLink(url, resume=going_on, refusal=refusal if going_on else None, follow=follow)
    return HttpLink(url, {"": Lines, "text/event-stream": EventStream}, resume=going_on, follow=follow)


def _resumes(preset: Preset | None) -> bool:
    """Whether a stream goes on from an event time: that is what the protocol of Meetup can do."""
    return preset is not None and preset.protocol == "meetup"


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        scheme = url.partition("://")[0]
        found = f"{scheme}://" if scheme not in _SCHEMES else "an address without a host or with a wrong port"
        raise ConfigError(f"{EXPECTED}, got {found}{_near(scheme, _SCHEMES)}")


def _address(name: str) -> str:
    preset = PRESETS[name]
    if not preset.url:
        raise ConfigError(
            f"the preset {name} has no address of its own: {preset.note}. To see it at work run `rarebird demo`; or "
            "serve a simulated one with `rarebird simulate --serve 127.0.0.1:8001` and watch it with "
            f"`rarebird watch http://127.0.0.1:8001/2/rsvps --preset {name}`"
        )
    return preset.url


def _file(text: str) -> Path:
    path = Path(text)
    if path.is_dir():
        raise ConfigError(f"{EXPECTED}, got a folder: {text}; name the files in it, such as {text.rstrip('/')}/*.jsonl")
    if path.exists():
        return path
    raise ConfigError(f"{EXPECTED}, got {text!r}: there is no such file{_near_file(path)}")


def _near_file(path: Path) -> str:
    try:
        beside = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f", nor the folder {path.parent}"
    near = get_close_matches(path.name, beside, n=1)
    if near:
        return f"; did you mean {path.parent / near[0]}?"
    return _near(str(path), [*PRESETS])


def _near(text: str, names: Sequence[str]) -> str:
    near = get_close_matches(text.lower(), names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _is_pipe(text: str) -> bool:
    """Whether a path is a named pipe or a terminal, which can only be read as it comes."""
    try:
        mode = Path(text).stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
