"""Questions to a store, asked again where it cannot be reached just now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from rarebird.errors import StoreError
from rarebird.pipe.inflow import Say
from rarebird.source.live import Backoff

PATIENT: Final = Backoff(longest_s=10.0)
_Answer = TypeVar("_Answer")


async def asked(question: Callable[[], Awaitable[_Answer]], say: Say, backoff: Backoff, losing: str = "") -> _Answer:
    """The answer of a store; where asking again can help, it is asked until there is one, and each failure is told.

    `losing` says what becomes of the data meanwhile. Raises StoreError for what asking again cannot mend.
    """
    attempt = 0
    while True:
        try:
            return await question()
        except StoreError as error:
            if error.permanent:
                raise
            attempt += 1
            wait = backoff.wait_s(attempt)
            say(f"{error}; {losing}trying again in {wait:.1f} s (attempt {attempt})")
        await backoff.sleep(wait)
