"""Decoding written down plainly, message by message, and streams of messages good and bad to try it on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rarebird.decode import Decoder
from rarebird.model.batch import Batch
from rarebird.model.categories import Categories, name_of
from rarebird.model.fields import Fields
from rarebird.model.missing import EARLY, Missing

SCALE = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
MISSING = object()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = Fields(time="at", by="place.state", id=("id", "answer"), where=(("place.land", "us"), ("size", "5")))


class Decoded(NamedTuple):
    """What came of some lines: events, and what fell by the way."""

    events: list[tuple[int, str, Any]]
    """Time, name of the category, identity (None: it has none)."""
    read: int
    filtered: int
    malformed: int


def plain(lines: Sequence[bytes], fields: Fields, missing: Missing = "auto") -> Decoded:
    """What the lines hold, asked one by one."""
    events, filtered, malformed, read = [], 0, 0, 0
    asked, present = 0, missing == "none"
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        read += 1
        try:
            event = _event(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line, fields)
        except (ValueError, OverflowError, RecursionError):
            malformed += 1
            continue
        if event is None:
            filtered += 1
            continue
        if missing == "auto" and not present and asked < EARLY:
            asked, present = asked + 1, event[1] is not MISSING
        if (event[1] is MISSING and not present) or (event[1] is None and missing == "before"):
            malformed += 1
            continue
        events.append((event[0], name_of(None if event[1] is MISSING else event[1]), event[2]))
    return Decoded(events, read, filtered, malformed)


def _event(line: bytes, fields: Fields) -> tuple[int, Any, Any] | None:
    """The event of a line, None where it is filtered; raises where it is malformed but for want of a category."""
    message = json.loads(line.decode(), parse_constant=_refused)
    paths = [fields.time, *([fields.by] if fields.by else []), *fields.id, *(path for path, _ in fields.where)]
    found = {path: _leaf(message, path.split(".")) for path in paths}
    category = found[fields.by] if fields.by else "all"
    found = {path: None if value is MISSING else value for path, value in found.items()}
    time = moment(found[fields.time], fields.time_unit)
    if not all(_matches(found[path], wanted) for path, wanted in fields.where):
        return None
    identity = tuple((type(found[path]), found[path]) for path in fields.id)
    category = str(category) if category not in (None, MISSING) else category
    return time, category, identity if any(found[path] is not None for path in fields.id) else None


def _refused(name: str) -> Any:
    raise ValueError(name)


def _leaf(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if value is None:
            return MISSING
        if not isinstance(value, dict):
            raise ValueError(step)
        if step not in value:
            return MISSING
        value = value[step]
    if isinstance(value, dict | list):
        raise ValueError(steps)
    return value


def _matches(value: Any, wanted: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return wanted.isdigit() and value == float(wanted)
    return bool(value == wanted)


def moment(value: Any, unit: str) -> int:
    """A time of any form in µs; raises where it is none."""
    if isinstance(value, str) and unit in SCALE:
        value = float(value)
    elif isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", value):
        value, unit = float(value), "auto"
    if isinstance(value, str):
        found = datetime.fromisoformat(value)
        time = ((found if found.tzinfo else found.replace(tzinfo=UTC)) - EPOCH) // timedelta(microseconds=1)
    elif isinstance(value, int | float) and not isinstance(value, bool) and unit != "iso":
        if not 0 < value < 2**63 - 1:
            raise ValueError(value)
        size = "s" if value < 1e11 else "ms" if value < 1e14 else "us" if value < 1e17 else "ns"
        time = round(float(value) * SCALE[size if unit == "auto" else unit])
    else:
        raise ValueError(value)
    if not -62_104_060_800 * 10**6 <= time < 253_370_764_800 * 10**6:
        raise ValueError(time)
    return time


def decoded(
    blocks: Sequence[bytes], fields: Fields, form: str = "json", cap: int = 100, missing: Missing = "auto"
) -> Decoded:
    """What the decoder makes of a stream that comes in these blocks; hashes of identities stand for them."""
    decoder = Decoder(fields, Categories(cap=cap, missing=missing), form)
    batches: list[Batch] = []
    for block in blocks:
        batches.append(decoder.decode(block, lines=sum(batch.read for batch in batches)))
    names = decoder.categories.names
    events = [
        (time, names[code], identity or None)
        for batch in batches
        for time, code, identity in zip(
            batch.time.tolist(), batch.category.tolist(), batch.identity.tolist(), strict=True
        )
    ]
    counters = ((batch.read, batch.filtered, batch.malformed) for batch in batches)
    return Decoded(events, *map(sum, zip(*counters, strict=True)))


def same(found: Decoded, expected: Decoded) -> bool:
    """Whether both say the same, where one has identities and the other their hashes."""
    pairs = {(mine[2], theirs[2]) for mine, theirs in zip(found.events, expected.events, strict=False)}
    return (
        found[1:] == expected[1:]
        and [event[:2] for event in found.events] == [event[:2] for event in expected.events]
        and len(pairs) == len({mine for mine, _ in pairs}) == len({theirs for _, theirs in pairs})
        and all((mine is None) == (theirs is None) for mine, theirs in pairs)
    )


STAMPS = st.one_of(
    st.integers(1_400_000_000, 1_500_000_000),
    st.integers(1_400_000_000_000, 1_500_000_000_000),
    st.integers(1_400_000_000_000_000, 1_500_000_000_000_000),
    st.integers(1_400_000_000_000_000_000, 1_500_000_000_000_000_000),
    st.floats(1.4e9, 1.5e9),
    st.datetimes(timezones=st.none() | st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(["1489925470", "2017-03-19T12:11:10+05:30", "20170319T121110Z", 1, 0.25, 9e18, 1e10, 10**11]),
)
NO_STAMPS: list[Any] = [0, -5, -0.0, 1e300, 2**63, 10**400, True, None, [], {}, "", "soon", "0", "NaN", "1e400"]
TEXTS = st.sampled_from(["us", "CA", "NY", "é", "", " CA ", "5", "other", "a\nb", '"', "\u2028", "x" * 300])
SCALARS = TEXTS | st.integers(2, 9) | st.sampled_from([2**63, 2**64 + 5, -1, 10**30, 2**64 - 1])
ODD: list[Any] = [None, [], {}, [1], {"state": {}}]
LONELY = [
    b"", b" ", b"\r", b"nonsense", b"{", b"}", b"[]", b"1", b"null", b'"text"', b'{"at": NaN}', b'{"at": 1489925470',
    b'{"at": 01}', b'{"at": 1} {"at": 2}', b'{"at": 1},', b'\xef\xbb\xbf{"at": 1}', b'{"at": Infinity}',
    b'{"at": "1489925470\xff"}', b'{"at": "\xc3(17-03-19"}', b"\x00",
    b'{"at": 1489925470, "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"[" * 100_000,
    b'{"at": 1, "at": 1489925470, "place": {"state": "CA", "land": "us"}, "size": 5}', b'{"at": 1e400}',
]  # fmt: skip


@st.composite
def messages(draw: st.DrawFn, stamps: st.SearchStrategy[Any] = STAMPS) -> bytes:
    """A message, with luck an event."""
    odd = st.sampled_from([False] * 6 + [True]) if draw(st.sampled_from([False, False, True])) else st.just(False)
    message: dict[str, Any] = {"at": draw(stamps), "size": 5, "noise": {"at": [1, {"id": None}]}}
    place = {"state": draw(SCALARS), "land": draw(st.sampled_from(["us", "us", "us", "us", "de", 5]))}
    message |= {"id": draw(st.integers(2, 5) | SCALARS), "answer": draw(st.sampled_from(["yes", "no", True, 1.5]))}
    message["place"] = place
    for holder in (message, place):
        for key in list(holder):
            if draw(odd):
                holder[key] = draw(st.sampled_from(NO_STAMPS if key == "at" else ODD))
            elif draw(odd):
                del holder[key]
    shuffled = dict(draw(st.permutations(list(message.items()))))
    text = json.dumps(shuffled, ensure_ascii=draw(st.booleans())).encode()
    return draw(st.sampled_from([b"", b" "])) + text + draw(st.sampled_from([b"", b"\r", b" \t"]))


def lines() -> st.SearchStrategy[list[bytes]]:
    """Lines good and bad."""
    even = messages(st.integers(1_489_925_470_000, 1_489_925_480_000))
    return st.lists(even, max_size=20) | st.lists(messages() | even | even | st.sampled_from(LONELY), max_size=20)


def blocks_of(parts: Sequence[bytes], cuts: Sequence[int], *, ended: bool = True) -> list[bytes]:
    """The lines in blocks of so many each, the rest in a last one."""
    blocks, start = [], 0
    for size in [*cuts, len(parts)]:
        blocks.append(b"".join(part + b"\n" for part in parts[start : start + size]))
        start += size
    return blocks if ended else [*blocks[:-1], blocks[-1].removesuffix(b"\n")]
