"""What comes back before it is said to be over is one incident in a backtest, as it is one to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.backtest.returns import Returns
from rarebird.incident.life import HOLD, key
from rarebird.model.incident import Incident
from tests.incident.test_life import DAY, KINDS, MINUTE, at_of, findings, found


def told(pieces: Iterable[tuple[Sequence[Incident], int]]) -> list[Incident]:
    returns, lines = Returns(), []
    for piece, until in pieces:
        lines += returns.take(piece, until)
    return lines + returns.finish()


def whole(each: Sequence[Incident]) -> list[Incident]:
    return told([(each, at_of(each[-1]) + DAY)])


def hovering(times: int, gap: int) -> list[Incident]:
    """The same, open for two minutes each time."""
    begins = [found(id, KINDS[0], id * (gap + 2 * MINUTE)) for id in range(1, times + 1)]
    return [each for one in begins for each in (one, replace(one, ended=one.detected + 2 * MINUTE))]


@given(findings(), st.data())
def test_each_is_told_once_as_it_begins_and_once_as_it_is_over_however_it_is_cut(
    all_: list[Incident], data: st.DataObject
) -> None:
    lines = whole(all_)
    begun = [each for each in lines if each.ended is None]
    ids = {one.id for one in begun}
    assert begun == [replace(each, opened=each.detected) for each in all_ if each.ended is None and each.id in ids]
    assert max(Counter(each.id for each in begun).values()) == 1
    ended = [each for each in lines if each.ended is not None]
    open_ = {each.id for each in all_} - {each.id for each in all_ if each.ended is not None}
    for each in ended:
        assert replace(each, ended=None, lasting=False) in begun
        assert each.ended in {one.ended for one in all_ if key(one) == key(each)}
    assert len(begun) - len(ended) == len({key(each) for each in all_ if each.id in open_})
    cuts = sorted({data.draw(st.integers(0, len(all_))) for _ in range(3)} | {0, len(all_)})
    pieces = [all_[low:high] for low, high in pairwise(cuts)]
    untils = [*(at_of(piece[-1]) for piece in pieces[:-1]), at_of(all_[-1]) + DAY]
    assert told(zip(pieces, untils, strict=True)) == lines


@pytest.mark.parametrize("times", [2, 5, 40])
def test_what_hovers_at_its_limit_is_told_once_and_is_over_once(times: int) -> None:
    all_ = hovering(times, gap=2 * MINUTE)
    one, other = whole(all_)
    assert (one.id, one.ended, other.id, other.ended) == (1, None, 1, all_[-1].ended)


def test_what_comes_back_after_it_was_said_to_be_over_is_told_at_once() -> None:
    lines = whole(hovering(3, gap=HOLD + MINUTE))
    assert [(each.id, each.ended is not None) for each in lines] == [
        (id, over) for id in (1, 2, 3) for over in (False, True)
    ]


def test_nothing_is_joined_for_its_cause() -> None:
    all_ = [found(id, kind, id * MINUTE) for id, kind in enumerate(KINDS, 1)]
    assert [each.id for each in whole(all_)] == [each.id for each in all_]
