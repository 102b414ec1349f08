"""`rarebird status`: what a store holds of a watch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rarebird.cli.options import Flag, StoreUrl

if TYPE_CHECKING:
    from rarebird.store.contract import Message

_MOST: Final = 100
_SHOWN: Final = 500


def status(*, store: StoreUrl = None, name: str | None = None, json: Flag = False) -> None:
    """Say what a store holds of a watch, as `rarebird summary` says it of a stream, and what could not be sent.

    Notices that a service refused for their content are set aside, and listed here with the reason.

    Parameters
    ----------
    store
        Where the watch keeps what it learns; the SQLite file that `rarebird watch` uses unless set.
    name
        Which watch, where the store holds several.
    json
        Print one JSON object instead of a table.

    """
    import asyncio

    import msgspec

    from rarebird.cli.report import print_table

    body, messages = asyncio.run(_status(store, name))
    report = {**msgspec.json.decode(body, type=dict), "set_aside": [_set_aside(each) for each in messages]}
    if json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    aside = report.pop("set_aside")
    print_table({**report, "histogram": iter(report["histogram"].items())}, sys.stdout, "")
    if aside:
        sys.stdout.write(f"\nset aside: {len(aside):,}, tried again at the next start\n")
    for each in aside:
        sys.stdout.write(f"  {each['channel']}, {each['time']}: {each['text']}\n    {each['why']}\n")


def _set_aside(message: Message) -> dict[str, str]:
    """What was set aside, for people."""
    import msgspec

    from rarebird.model import instant
    from rarebird.notify.contract import Notice, one_line

    try:
        notice = msgspec.json.decode(message.body, type=Notice)
    except msgspec.DecodeError:
        notice = Notice(0, "")
    text, why = one_line(notice.text, _SHOWN), one_line(message.aside, _SHOWN)
    return {"channel": message.channel, "time": instant.text(notice.time), "text": text, "why": why}


async def _status(url: str | None, name: str | None) -> tuple[bytes, list[Message]]:
    from rarebird.cli.named import named
    from rarebird.store.contract import no_watch

    async with named(url, name) as store:
        body = await store.status()
        if body is None:
            raise no_watch(store.url, await store.watches())
        return body, await store.set_aside(_MOST)
