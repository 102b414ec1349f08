"""Messages: simulated RSVPs of full shape, as bytes in memory, and the watch that reads them."""

from __future__ import annotations

import subprocess
import sys

from rarebird import Watch
from rarebird.model import duration
from rarebird.simulate.world import World
from rarebird.source.presets import MEETUP

COUNT = 300_000
MB = 1 << 20
_START = 1_800_000_000_000_000
_DAY = 86_400_000_000


def messages(rate: float, count: int = COUNT) -> bytes:
    """At least so many lines of the world at `rate` messages a second.

    They are made in a process of their own: what that leaves behind in memory slows down what is measured later.
    """
    command = [sys.executable, "-m", "benchmarks.messages", str(rate), str(count)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def _write(rate: float, count: int) -> None:
    for chunk in World(rate, 1, _START).lines(_START, _START + 30 * _DAY):
        sys.stdout.buffer.write(b"\n".join(chunk.lines) + b"\n")
        count -= len(chunk.lines)
        if count <= 0:
            return


def blocks(data: bytes, size: int) -> list[bytes]:
    """The data cut behind newlines into blocks of at most `size` bytes."""
    cut, start = [], 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + size) + 1
        cut.append(data[start:end])
        start = end
    return cut


def meetup() -> Watch:
    """A watch as the preset sets it up."""
    fields = MEETUP.fields
    return Watch(
        time=fields.time,
        by=fields.by,
        id=fields.id,
        where=dict(fields.where),
        watched=MEETUP.watched,
        lateness=duration.text(MEETUP.lateness),
    )


if __name__ == "__main__":
    _write(float(sys.argv[1]), int(sys.argv[2]))
