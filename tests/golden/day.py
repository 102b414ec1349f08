"""The next day of a golden store: taken in as a user's next start would, with doubles of the services beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from rarebird.config.stores import open_store
from rarebird.model.instant import LATEST
from rarebird.notify.contract import Notice
from rarebird.notify.webhook import message
from tests.golden.stores import NAME, ended, parts_of, run, shown, start, watching
from tests.notify.double import SlackDouble, slack
from tests.notify.receiver import Receiver, receiver

BOTH = ("--notify", "slack", "--notify", "webhook")


def addresses(chat: SlackDouble, hook: Receiver) -> dict[str, str]:
    """Where the services are, as the program learns it."""
    return {"RAREBIRD_SLACK_WEBHOOK_URL": chat.url, "RAREBIRD_WEBHOOK_URL": hook.url}


def posted(body: bytes) -> dict[str, Any]:
    """What of a message to the webhook is compared."""
    told = json.loads(body)
    about = told["incident"]
    return {
        "id": told["id"],
        "time": told["time"],
        "text": told["text"],
        "incident": None if about is None else about["id"],
        "phase": None if about is None else about["phase"],
        "category": None if about is None else about["category"],
    }


NOBODY: Final[dict[str, str]] = {}
"""To no service."""


async def follow(
    at: int, place: str, folder: Path, stream: bytes, parts: int, *, services: Mapping[str, str] = NOBODY
) -> str:
    """Follows all parts of a stream to their end, and tells services; what was said meanwhile."""
    words = BOTH if services else ()
    files = parts_of(stream, parts)
    for name, body in files:
        (folder / name).write_bytes(body)
    if parts == 1:
        return (await run(at, watching(place, files[0][0], *words), folder, services))[1]
    processes = [
        await start(at, watching(place, name, "--part", f"{number}/{parts}", *words), folder, services)
        for number, (name, _) in enumerate(files, 1)
    ]
    return "".join([said for _, said in await asyncio.gather(*map(ended, processes))])


async def waiting(place: str) -> dict[str, Any]:
    """What waits in the outbox of a store, by its channel, in order."""
    store, found = open_store(place, NAME), dict[str, Any]()
    await store.open(write=True)
    every = [await store.claim(LATEST, 10_000, 0, channel) for channel in ("slack", "webhook", "stdout")]
    for claimed in (each for of_channel in every for each in of_channel):
        notice = msgspec.json.decode(claimed.message.body, type=Notice)
        about = None if notice.incident is None else notice.incident.id
        # A service that cannot change what it told gets what is new alone.
        told = notice.addition if claimed.message.channel == "webhook" and notice.addition else notice.text
        id = message(replace(notice, text=told)).id
        each = {"id": id, "text": told, "incident": about, "in_doubt": claimed.message.tries > 0}
        found.setdefault(claimed.message.channel, []).append(each)
    await store.close()
    return found


async def next_day(at: int, place: str, folder: Path, stream: bytes, parts: int) -> dict[str, Any]:
    """What is in a store behind the next day, what was sent meanwhile to services that take all, and what was said."""
    async with slack() as chat, receiver() as hook:
        said = await follow(at, place, folder, stream, parts, services=addresses(chat, hook))
    return {
        **await shown(place, at, folder),
        "webhook": [posted(body) for _, _, body in hook.asked],
        "slack": chat.texts,
        "waiting": await waiting(place),
        "said": said.splitlines(),
    }
