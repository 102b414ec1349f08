"""Replaying: what `rarebird backtest` and `rarebird explain` share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence

from rarebird.backtest.replay import Replay, Stretch
from rarebird.cli.clock import now
from rarebird.cli.options import DetectOptions, FieldOptions
from rarebird.cli.progress import bar
from rarebird.cli.verdict import Verdict, verdict
from rarebird.config.settings import Settings, settings
from rarebird.config.sources import open_sources, preset_for
from rarebird.errors import ConfigError
from rarebird.incident.decision import Decision
from rarebird.model import instant
from rarebird.source.contract import Source

Tell = Callable[[Sequence[Decision]], None]


def chosen(source: tuple[str, ...], fields: FieldOptions | None, detect: DetectOptions | None) -> Settings:
    """The settings of a replay. Raises ConfigError."""
    options = fields or FieldOptions()
    preset = preset_for(source, options.preset)
    return settings((detect or DetectOptions()).added(options.chosen()), source, preset)


def replay_all(replay: Replay, source: tuple[str, ...], preset: str | None, tell: Tell) -> Verdict:
    """Replays all that the sources hold, one after another, to the end or until it is done; what to say of that."""
    watch = replay.watch
    known = preset_for(source, preset)
    sources = open_sources(source, watch.fields, watch.categories, preset=known, clock=now, follow=False)
    asyncio.run(_read(replay, sources, tell))
    return verdict(watch, sources, ended=not replay.done)


async def _read(replay: Replay, sources: list[Source], tell: Tell) -> None:
    with bar(sys.stderr.isatty() and not sys.stdout.isatty()) as show:
        for source in sources:
            async for batch, _ in source.read(None):
                tell(replay.take(batch))
                if replay.done:
                    return
                show(*getattr(source, "progress", (0, 0)))
    tell(replay.finish())


def moment(option: str, text: str) -> int:
    """The instant that an option names, µs UTC. Raises ConfigError."""
    try:
        return instant.parse(text)
    except ValueError:
        raise ConfigError(
            f"{option}: expected an instant such as 2026-03-02T14:05:00Z or an epoch time, got {text!r}"
        ) from None


def stretches(texts: Sequence[str]) -> list[Stretch]:
    """The stretches that `--forget START/END` names. Raises ConfigError."""
    found = []
    for text in texts:
        first, slash, last = text.partition("/")
        if not slash:
            raise ConfigError(f"--forget: expected START/END such as 2026-03-02T14:00Z/2026-03-02T16:00Z, got {text!r}")
        stretch = Stretch(moment("--forget", first), moment("--forget", last))
        if stretch.end <= stretch.start:
            raise ConfigError(f"--forget: expected an end after the start, got {text!r}")
        found.append(stretch)
    return found
