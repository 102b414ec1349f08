"""Golden stores: the files that hold them, the way back into a place that can be opened, and the program on them."""

from __future__ import annotations

import asyncio
import io
import json
import lzma
import os
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

import msgspec
from redis import Redis

from tests.store.places import serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HERE: Final = Path(__file__).resolve().parent
PROGRAM: Final = HERE / "program.py"
NAME: Final = "golden"
STREAM: Final = "rsvps.jsonl"
"""The file that every store has read up to the last midnight of its history; behind that stands the next day."""
DATABASE: Final = "golden.db"
MOST: Final = 300_000
"""Bytes of a golden file."""
_XZ: Final = ({"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME},)
LONGEST_S: Final = 120
FIELDS: Final = ("--time", "time", "--by", "state", "--id", "id")
QUIET: Final = tuple(
    f"--{rule}=off" for rule in ("mean-gap", "entropy-above", "entropy-below", "watched-share", "unusual")
)
Keys = list[tuple[bytes, bytes, Any]]
"""Of a Redis: name, type and value of each key."""


def compressed(body: bytes) -> bytes:
    """Bytes as a golden file holds them: a tenth smaller than by Zstandard, as which those of earlier formats stay."""
    return lzma.compress(body, filters=_XZ)


def expanded(name: Path) -> bytes:
    """The bytes that the golden file of a name holds."""
    packed = name.with_name(f"{name.name}.xz")
    if packed.exists():
        return lzma.decompress(packed.read_bytes())
    return zstd.decompress(name.with_name(f"{name.name}.zst").read_bytes())


@contextmanager
def placed(kind: str, folder: Path, body: bytes | None = None) -> Iterator[str]:
    """The address of a store in a folder: "sqlite" or "redis", empty or with what a golden file holds."""
    if kind == "sqlite":
        if body is not None:
            untar(body, folder)
        yield f"sqlite:///{folder / DATABASE}"
        return
    with serving(folder) as server:
        if body is not None:
            load(body, server.url)
        yield server.url


def taken(kind: str, folder: Path, place: str) -> bytes:
    """What a golden file holds of a store that nobody has open."""
    if kind == "redis":
        return dump(place)
    return tarred(path for path in folder.glob(f"{DATABASE}*") if not path.name.endswith("-shm"))


def tarred(paths: Iterable[Path]) -> bytes:
    """Files as one, without owner and time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in sorted(paths):
            info = tarfile.TarInfo(path.name)
            info.size = path.stat().st_size
            archive.addfile(info, io.BytesIO(path.read_bytes()))
    return out.getvalue()


def untar(body: bytes, folder: Path) -> None:
    """Those files again."""
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        archive.extractall(folder, filter="data")


def dump(url: str) -> bytes:
    """All keys of a Redis but those that expire, as values that any version of Redis or Valkey can take."""
    with Redis.from_url(url, protocol=2) as client:
        keys: Keys = [(key, *_value(client, key)) for key in sorted(client.keys("*")) if client.pttl(key) == -1]
    return msgspec.msgpack.encode(keys)


def _value(client: Any, key: bytes) -> tuple[bytes, Any]:
    kind: bytes = client.type(key)
    if kind == b"string":
        return kind, client.get(key)
    if kind == b"hash":
        return kind, sorted(client.hgetall(key).items())
    if kind == b"list":
        return kind, client.lrange(key, 0, -1)
    if kind == b"set":
        return kind, sorted(client.smembers(key))
    assert kind == b"zset", kind
    return kind, client.zrange(key, 0, -1, withscores=True)


def load(body: bytes, url: str) -> None:
    """Puts all keys of a dump into an empty Redis."""
    with Redis.from_url(url, protocol=2) as client:
        for key, kind, value in msgspec.msgpack.decode(body, type=Keys):
            if kind == b"string":
                client.set(key, value)
            elif kind == b"hash":
                client.hset(key, mapping=dict(value))
            elif kind == b"list":
                client.rpush(key, *value)
            elif kind == b"set":
                client.sadd(key, *value)
            else:
                client.zadd(key, dict(value))


def parts_of(stream: bytes, count: int) -> list[tuple[str, bytes]]:
    """The files that the processes of a watch read: the stream, or by the ids of its events the parts of it."""
    if count == 1:
        return [(STREAM, stream)]
    parts: list[list[bytes]] = [[] for _ in range(count)]
    for line in stream.splitlines(keepends=True):
        parts[crc32(json.loads(line)["id"].encode()) % count].append(line)
    return [(f"{at + 1}-{STREAM}", b"".join(part)) for at, part in enumerate(parts)]


def watching(place: str, file: str, *words: str) -> list[str]:
    """The words that watch a file."""
    return ["watch", file, "--store", place, "--name", NAME, "--no-web", *FIELDS, *QUIET, *words]


async def start(
    at: int, words: Sequence[str], folder: Path, env: Mapping[str, str] = MappingProxyType({}), *, hold: bool = False
) -> asyncio.subprocess.Process:
    """The program with a clock that begins at an instant, µs UTC; where `hold`, with files that have no end."""
    command = [sys.executable, str(PROGRAM), str(at), "hold" if hold else "end", *words]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RAREBIRD_")}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**plain, "COLUMNS": "200", **env}, stdout=pipe, stderr=pipe
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """What a program that must succeed wrote on standard output, and on standard error."""
    out, err = await asyncio.wait_for(process.communicate(), LONGEST_S)
    assert process.returncode == 0, f"expected 0, got {process.returncode}: {err.decode()}"
    return out.decode(), err.decode()


async def run(
    at: int, words: Sequence[str], folder: Path, env: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, str]:
    """Runs the program to its end, which must be a good one."""
    return await ended(await start(at, words, folder, env))


async def shown(place: str, at: int, folder: Path) -> dict[str, Any]:
    """What the commands say of a store: incidents by their number, counters, mutes."""
    asked = [["incidents", "--limit", "1000", "--json"], ["status", "--json"], ["mute"]]
    runs = (run(at, [*words, "--store", place, "--name", NAME], folder) for words in asked)
    answers = await asyncio.gather(*runs)
    incidents = sorted(json.loads(answers[0][0]), key=lambda each: int(each["id"]))
    return {
        "incidents": incidents,
        "status": json.loads(answers[1][0]),
        "mutes": [line.strip() for line in answers[2][0].splitlines()],
    }
