"""The next day of a golden store: taken in as a user's next start would, with doubles of the services beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.golden.stores import ended, parts_of, run, shown, start, watching
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


async def next_day(at: int, place: str, folder: Path, stream: bytes, parts: int) -> dict[str, Any]:
    """What is in a store behind the next day, what was sent meanwhile to services that take all, and what was said."""
    async with slack() as chat, receiver() as hook:
        said = await follow(at, place, folder, stream, parts, services=addresses(chat, hook))
    return {
        **await shown(place, at, folder),
        "webhook": [posted(body) for _, _, body in hook.asked],
        "slack": chat.texts,
        "said": said.splitlines(),
    }
