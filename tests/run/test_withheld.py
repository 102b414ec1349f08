"""What a mute keeps of rules: told when it is over or taken back, dropped with its end, and the same over a restart."""

from __future__ import annotations

from rarebird.config.zones import zone
from rarebird.incident.mute import Mute, Once
from rarebird.incident.mutes import Mutes
from rarebird.model.state import pack, unpack
from rarebird.notify.contract import Notice
from rarebird.run.withheld import Withheld

FIRED, OVER = Notice(10, "Risen.", "rule a up fired"), Notice(30, "Over.", "rule a down recovered")


def muting(until: int) -> tuple[Mutes, Withheld]:
    mutes = Mutes(zone, [Mute(text="a while", when=Once(until))])
    return mutes, Withheld(mutes)


def test_what_fired_in_a_mute_is_told_as_it_ends_and_then_its_end_too() -> None:
    _, withheld = muting(20)
    assert [*withheld.told("a", FIRED, fired=True), *withheld.settle(19)] == []
    assert [*withheld.settle(20), *withheld.settle(21)] == [FIRED]
    assert list(withheld.told("a", OVER, fired=False)) == [OVER]


def test_where_a_step_holds_both_the_end_of_the_mute_and_that_of_the_news_both_are_told() -> None:
    _, withheld = muting(20)
    assert [*withheld.told("a", FIRED, fired=True), *withheld.told("a", OVER, fired=False)] == [FIRED, OVER]


def test_what_was_over_within_the_mute_is_not_told() -> None:
    _, withheld = muting(40)
    told = [*withheld.told("a", FIRED, fired=True), *withheld.told("a", OVER, fired=False), *withheld.settle(99)]
    assert told == []


def test_what_fired_before_the_mute_gets_its_end_told_within_it() -> None:
    mutes, withheld = muting(5)
    assert list(withheld.told("a", FIRED, fired=True)) == [FIRED]
    mutes.add(Mute(text="another", when=Once(40)))
    withheld.review(20)
    assert list(withheld.told("a", OVER, fired=False)) == [OVER]


def test_a_mute_that_is_taken_back_tells_it_at_once() -> None:
    mutes, withheld = muting(1_000)
    assert list(withheld.told("a", FIRED, fired=True)) == []
    mutes.remove("1")
    assert list(withheld.settle(15)) == []
    withheld.review(15)
    assert list(withheld.settle(15)) == [FIRED]


def test_a_restart_goes_on_with_what_is_held_of_rules_that_are_still_at_work() -> None:
    _, withheld = muting(20)
    for rule in ("a", "b"):
        assert list(withheld.told(rule, FIRED, fired=True)) == []
    _, again = muting(20)
    again.restore(unpack(pack(withheld.state())), ["a", "c"])
    assert list(again.settle(20)) == [FIRED]
