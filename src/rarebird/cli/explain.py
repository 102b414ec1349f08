"""`rarebird explain`: why there was, or was not, an alarm: at a minute of a recording, or of a watch by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebird.cli.options import Dash, DetectOptions, FieldOptions, Flag, KeptOptions, Several, checked
from rarebird.cli.output import show, write
from rarebird.errors import ConfigError, InputError
from rarebird.model import instant

if TYPE_CHECKING:
    from rarebird.stats.gaps import Gaps


def explain(
    *source: Dash,
    at: str | None = None,
    fields: FieldOptions | None = None,
    detect: DetectOptions | None = None,
    forget: Several = (),
    json: Flag = False,
    watch: KeptOptions | None = None,
) -> None:
    """Say why there was, or was not, an alarm in the minute of --at: what spoke for one, and how far from its limit.

    Or, with the number of an incident in place of SOURCE and --at, all that a watch knows of it.

    Parameters
    ----------
    source
        The number of an incident, as `rarebird incidents` lists it. With --at: -, a file (JSON lines or CSV, also .gz
        and .zst), http(s)://…, ws(s)://… or a preset; the oldest event first.
        It is read up to that minute, as by backtest.
    at
        An instant of a recording, ISO 8601 (UTC unless it has an offset) or epoch.
    forget
        START/END, two instants: nothing is learned from what came between them; may be given several times.
    json
        Print one JSON object instead of a table.

    """
    from rarebird.backtest.explain import MINUTE, explanation, explanation_json, explanation_lines
    from rarebird.backtest.replay import Replay
    from rarebird.cli.main import app
    from rarebird.cli.replaying import chosen, moment, replay_all, stretches
    from rarebird.incident.telling import Nouns

    checked(source, app["explain"])
    if at is None:
        _explain_kept(source, watch, json=json)
        return
    end = moment("--at", at) // MINUTE * MINUTE + MINUTE
    settings = chosen(source, fields, detect)
    replay = Replay(settings, stretches(forget), until=end)
    replay_all(replay, source, (fields or FieldOptions()).preset, lambda _: None).give()
    if not _within(replay.watch.gaps, end - MINUTE, done=replay.done):
        raise InputError(f"--at: expected an instant within the stream{_span(replay.watch.gaps)}, got {at}")
    told = explanation(replay, end)
    nouns = Nouns.of(settings.noun, settings.noun_by, replay.watch.categories.names)
    if json:
        write(explanation_json(told).encode() + b"\n")
        return
    show("\n".join(explanation_lines(told, nouns)))


def _explain_kept(source: tuple[str, ...], watch: KeptOptions | None, *, json: bool) -> None:
    """Of an incident of a watch in a store."""
    import asyncio

    if len(source) != 1 or not (source[0].isdecimal() and len(source[0]) < 16):
        raise ConfigError("expected --at with an instant of the recording, or the number of one incident of a watch")
    asyncio.run(_account(int(source[0]), watch, json=json))


async def _account(id: int, watch: KeptOptions | None, *, json: bool) -> None:
    import msgspec

    from rarebird.cli.kept import behind, kept
    from rarebird.incident.account import account, summed_up

    async with kept(watch) as found:
        incident = await found.incident(id)
        nouns = found.nouns
    if json:
        write(msgspec.json.encode(incident) + b"\n")
        return
    show(behind(f"{incident.id}: ", summed_up(incident, nouns)) + "\n")
    for name, text in account(incident, nouns):
        show(behind(f"{name:<14}", text))


def _within(gaps: Gaps, minute: int, *, done: bool) -> bool:
    """Whether a minute, by its start, is one of the stream, which may have been read no further."""
    from rarebird.backtest.explain import MINUTE

    return gaps.events > 0 and minute + MINUTE > gaps.first and (done or minute <= gaps.last)


def _span(gaps: Gaps) -> str:
    return f" from {instant.text(gaps.first)} to {instant.text(gaps.last)}" if gaps.events else ", which is empty"
