"""`rarebird status`: what a store holds of a watch, and how that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rarebird.cli.options import Flag, StoreUrl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rarebird.incident.telling import Nouns
    from rarebird.model.incident import Incident
    from rarebird.model.standing import Standing
    from rarebird.store.contract import Message, Store

_MOST: Final = 100
"""Notices that are listed of those set aside."""
_SHOWN: Final = 500


class _Held(NamedTuple):
    """What a store holds of a watch."""

    url: str
    summary: dict[str, Any]
    standing: Standing | None
    """None in the store of an earlier version, or of a stream that `rarebird pipe` keeps."""
    open: list[Incident]
    nouns: Nouns
    waiting: list[Message]


def status(*, store: StoreUrl = None, name: str | None = None, json: Flag = False) -> None:
    """Say how a watch stands, from its store, whether or not it runs: counters, health, incidents, notices that wait.

    The counters are those of `rarebird summary`. Health, and the last error of a channel, are as the watch last wrote
    them. Notices that a service refused for their content are set aside, and listed with the reason.

    Parameters
    ----------
    store
        Where the watch keeps what it learns; ~/.local/state/rarebird/rarebird.db unless set.
    name
        Which watch, where the store holds several.
    json
        Print one JSON object instead of a table.

    """
    import asyncio

    import msgspec

    from rarebird.cli.output import put, write
    from rarebird.cli.report import print_table

    held = asyncio.run(_held(store, name))
    if json:
        write(msgspec.json.encode(held.summary | _standing(held)) + b"\n")
        return
    print_table({**held.summary, "histogram": iter(held.summary["histogram"].items())}, put, "")
    put("".join(f"{line}\n" for line in _lines(held)))


async def _held(url: str | None, name: str | None) -> _Held:
    import msgspec

    from rarebird.cli.named import named
    from rarebird.model.incident import Incident
    from rarebird.model.standing import Standing
    from rarebird.run.incidents import KEPT
    from rarebird.store.contract import no_watch

    async with named(url, name) as store:
        body = await store.status()
        if body is None:
            raise no_watch(store.url, await store.watches())
        summary = msgspec.json.decode(body, type=dict)
        standing = summary.pop("standing", None)
        listed = [msgspec.json.decode(each, type=Incident) for each in await store.incidents(KEPT)]
        return _Held(
            store.url,
            summary,
            None if standing is None else msgspec.convert(standing, Standing),
            [each for each in listed if each.ended is None],
            await _nouns(store),
            await store.waiting(),
        )


async def _nouns(store: Store) -> Nouns:
    from rarebird.config.settings import Settings
    from rarebird.incident.telling import Nouns
    from rarebird.model.state import PIPE, reading, unpack

    saved = await store.open(write=False)
    state = unpack(saved.checkpoint or b"")
    if PIPE in state:
        return Nouns()
    with reading():
        settings = Settings.of(state["own"]["settings"])
    return Nouns.of(settings.noun, settings.noun_by, saved.names)


def _standing(held: _Held) -> dict[str, Any]:
    """How the watch stands, as JSON has it."""
    from rarebird.incident.account import summed_up
    from rarebird.model import instant

    standing = held.standing
    watermark = None if standing is None else standing.watermark
    return {
        "store": held.url,
        "as_of": None if standing is None else instant.text(standing.at),
        "watermark": None if watermark is None else instant.text(watermark),
        "health": None if standing is None else standing.health,
        "open_incidents": [
            {
                "id": each.id,
                "since": instant.text(each.began),
                "phase": each.phase,
                "about": summed_up(each, held.nouns),
                "acknowledged": each.acknowledged,
                "muted": each.muted,
            }
            for each in held.open
        ],
        "waiting": _waiting(held),
        "set_aside": [_set_aside(each) for each in held.waiting if each.aside][:_MOST],
    }


def _waiting(held: _Held) -> list[dict[str, Any]]:
    """What waits for each channel but for what was set aside: how much, since when, how often it was tried."""
    from rarebird.model import instant

    last = {} if held.standing is None else {each.name: each.detail for each in held.standing.channels}
    found = []
    for channel in sorted({each.channel for each in held.waiting if not each.aside} | {*filter(last.get, last)}):
        entries = [each for each in held.waiting if each.channel == channel and not each.aside]
        since = [notice.found or notice.time for each in entries if (notice := _notice(each)) is not None]
        found.append(
            {
                "channel": channel,
                "count": len(entries),
                "since": instant.text(min(since)) if since else None,
                "tries": max((each.tries for each in entries), default=0),
                "last_error": last.get(channel, ""),
            }
        )
    return found


def _lines(held: _Held) -> Iterator[str]:
    """The same for people, below the table."""
    from rarebird.cli.kept import behind

    told = _standing(held)
    yield ""
    yield f"{'store':<22}{held.url}"
    yield f"{'counted up to':<22}{told['watermark'] or '-'}"
    health = told["health"]
    yield f"{'health':<22}" + ("-" if health is None else f"{health.status}, as of {told['as_of']}")
    for reason in () if health is None else health.reasons:
        yield behind("  ", f"{reason.status}: {reason.text}")
    yield f"{'open incidents':<22}{len(held.open):,}"
    for each in told["open_incidents"]:
        marks = {"looked after by": each["acknowledged"], "kept back:": each["muted"]}
        marked = "; ".join(f"{name} {text}" for name, text in marks.items() if text)
        yield behind(
            f"{each['id']:>4}  since {each['since'][:19]}Z  ", each["about"] + (f" [{marked}]" if marked else "")
        )
    yield f"{'waiting to be sent':<22}{sum(each['count'] for each in told['waiting']):,}"
    for each in told["waiting"]:
        yield behind("  ", _of_channel(each))
    aside = sum(bool(each.aside) for each in held.waiting)
    if aside:
        yield f"\nset aside: {aside:,}, tried again at the next start"
    for each in told["set_aside"]:
        yield f"  {each['channel']}, {each['time']}: {each['text']}\n    {each['why']}"


def _of_channel(channel: dict[str, Any]) -> str:
    from rarebird.model.plural import counted

    since = f" since {channel['since'][:19]}Z" if channel["since"] else ""
    tried = f", tried {counted(channel['tries'], 'times')}" if channel["tries"] else ""
    why = f"; the last attempt failed: {channel['last_error']}" if channel["last_error"] else ""
    return f"{channel['channel']}: {channel['count']:,}{since}{tried}{why}"


def _notice(message: Message) -> Any:
    import msgspec

    from rarebird.notify.contract import Notice

    try:
        return msgspec.json.decode(message.body, type=Notice)
    except msgspec.DecodeError:
        return None


def _set_aside(message: Message) -> dict[str, str]:
    """What was set aside, for people."""
    from rarebird.model import instant
    from rarebird.notify.contract import Notice, one_line

    notice = _notice(message) or Notice(0, "")
    text, why = one_line(notice.text, _SHOWN), one_line(message.aside, _SHOWN)
    return {"channel": message.channel, "time": instant.text(notice.time), "text": text, "why": why}
