from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rarebird.model.history import Span, Spans
from rarebird.store import compaction
from rarebird.store.compaction import Cuts
from rarebird.store.contract import Retention
from rarebird.store.packed import pack, unpack

from .steps import SECOND, plain, span

counts = st.dictionaries(st.integers(0, 2**31 - 1), st.integers(0, 2**55), max_size=5)
some_spans = st.lists(st.builds(span, st.integers(-20_000, 20_000), counts), max_size=30)
retentions = st.builds(Retention, s=st.integers(0, 10_000), m=st.integers(0, 10_000), h=st.integers(0, 100_000))


def fold(spans: list[Span], seconds: int) -> list[Span]:
    return compaction.fold(Spans.of(spans), seconds).each()


def per_category(spans: list[Span]) -> Counter[int]:
    found: Counter[int] = Counter()
    for one in spans:
        for code, events in zip(one.category.tolist(), one.events.tolist(), strict=True):
            found[code] += events
    return found


@given(some_spans, st.sampled_from([60, 3600]))
def test_folding_keeps_every_event_of_every_category(spans: list[Span], length: int) -> None:
    assert per_category(fold(spans, length)) == per_category(spans)


@given(some_spans, st.randoms())
def test_folding_is_the_same_in_any_order_and_any_grouping(spans: list[Span], random: Random) -> None:
    mixed = list(spans)
    random.shuffle(mixed)
    cut = len(mixed) // 2
    in_parts = fold([*fold(mixed[:cut], 60), *fold(mixed[cut:], 60)], 3600)
    assert plain(in_parts) == plain(fold(spans, 3600))


@given(some_spans, st.sampled_from([60, 3600]))
def test_a_folded_span_covers_the_first_and_the_last_event_of_its_parts(spans: list[Span], length: int) -> None:
    for folded in fold(spans, length):
        parts = [one for one in spans if one.start // length * length == folded.start]
        assert (folded.first, folded.last) == (min(one.first for one in parts), max(one.last for one in parts))
        assert folded.category.tolist() == sorted({code for one in parts for code in one.category.tolist()})


@given(some_spans)
def test_a_span_is_the_same_after_it_was_bytes(spans: list[Span]) -> None:
    assert plain([unpack(body) for body in pack(Spans.of(spans))]) == plain(spans)


@given(retentions, st.lists(st.none() | st.integers(-(10**6), 10**6)))
def test_cuts_only_move_on_and_finer_levels_are_never_kept_longer(
    retention: Retention, seconds: list[int | None]
) -> None:
    cuts = Cuts()
    for moved in seconds:
        before, cuts = cuts, cuts.moved(None if moved is None else moved * SECOND, retention)
        assert all(now >= then for now, then in zip(cuts, before, strict=True))
        assert cuts.h <= cuts.m <= cuts.s
        assert moved is None or cuts.s <= max(before.s, moved - retention.s)
