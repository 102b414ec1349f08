"""Beating: a heartbeat while a watch is well, so that somebody outside learns when it is not, or not any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from rarebird.errors import NotifyError
from rarebird.run.running import Running

FAR_S: Final = 600.0
"""Further behind than this a watch is not well, s: what it would tell is no news any more."""
_LOOK_S: Final = 5.0
"""Between two looks whether it is well again."""


class Heart(Protocol):
    """What beats."""

    every_s: float

    async def beat(self) -> None:
        """Lets somebody outside know. Raises NotifyError."""
        ...


async def beating(
    running: Running, heart: Heart, say: Callable[[str], None], sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Beats for ever, but for while the watch is not well; says once that nobody hears it, and when it is heard."""
    is_heard = True
    while True:
        well = is_well(running)
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


def is_well(running: Running) -> bool:
    """Whether all sources are read, what comes in is kept, and the watch is not far behind."""
    behind = running.behind_s
    return (
        all(source.state.kind in ("connected", "ended") for source in running.sources)
        and (running.store is None or running.store.kind == "keeping")
        and (behind is None or behind < FAR_S)
    )
