"""Beating: a heartbeat while a watch does its work, so that somebody outside learns when it does not any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from rarebird.errors import NotifyError
from rarebird.run.running import Running

_LOOK_S: Final = 5.0
"""Between two looks whether it does again."""


class Heart(Protocol):
    """What beats."""

    every_s: float

    async def beat(self) -> None:
        """Lets somebody outside know. Raises NotifyError."""
        ...


async def beating(
    running: Running, heart: Heart, say: Callable[[str], None], sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Beats for ever where the health of the watch lets it; says once that nobody hears it, and when it is heard."""
    is_heard = True
    while True:
        well = running.health().beats
        if well:
            try:
                await heart.beat()
            except NotifyError as error:
                if is_heard:
                    say(f"{error}; it is tried on, every {heart.every_s:g} s")
                is_heard = False
            else:
                if not is_heard:
                    say("the heartbeat is heard again")
                is_heard = True
        await sleep(heart.every_s if well else min(heart.every_s, _LOOK_S))
