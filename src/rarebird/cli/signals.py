"""Signals that end a command in good order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def on_end(stop: Callable[[], object]) -> None:
    """Has the running loop call something on SIGINT (Ctrl-C) and on SIGTERM.

    A SIGINT that is ignored from the start stays so: a shell without job control starts what runs in the background
    in that way, and Ctrl-C is not meant for it. SIGHUP is left as it was, which nohup relies on.
    """
    loop = asyncio.get_running_loop()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGINT, stop)
    loop.add_signal_handler(signal.SIGTERM, stop)
