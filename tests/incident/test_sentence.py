from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from rarebird.incident.sentence import sentence
from rarebird.incident.wording import clock, span
from rarebird.model.reading import Entropy, Rate
from rarebird.model.snapshot import Counters, Snapshot, SourceReading, StoreReading
from tests.incident.test_telling import incident
from tests.web.view_double import NOW, STATES, S, calm, maine, mix_of, reading, waiting

COUNTS = st.integers(0, 10**12)
BROKEN = SourceReading("stream.example", "failing", "refused; trying again in 4 s", 3)
FULL = StoreReading("sqlite:///a.db", "failing", "sqlite:///a.db: the disk is full; trying again in 4 s", "")


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Snapshots of all kinds, sensible or not."""
    base = draw(st.sampled_from([calm(), maine(), waiting()]))
    rates = st.builds(Rate, COUNTS, st.just(120.0), *[st.none() | st.floats(0, 1e6)] * 4)
    return replace(
        base,
        noun_by=draw(st.sampled_from(["states", "categories"])),
        counters=draw(st.builds(Counters, *[COUNTS] * 8)),
        categories=draw(st.integers(0, 100)),
        behind_s=draw(st.none() | st.floats(-10, 1e6)),
        last=draw(st.none() | st.just(NOW - 90 * S)),
        past_until=draw(st.none() | st.just(NOW - 60 * S)),
        sources=draw(st.sampled_from([base.sources, (), (BROKEN,), (BROKEN, *base.sources)])),
        store=draw(st.sampled_from([None, FULL, replace(FULL, kind="keeping", detail="")])),
        rate=draw(rates),
        usual_per_s=draw(st.none() | st.floats(0, 1e6)),
        entropy_life=draw(st.none() | st.builds(Entropy, COUNTS, COUNTS, *[st.floats(0, 20)] * 4)),
        finished=draw(st.booleans()),
        mix=draw(st.sampled_from([base.mix, (), (reading("<b>", 5, 10, 0.0),), (reading("", 0, 0, 1.0),)])),
    )


@given(snapshots())
def test_every_snapshot_has_whole_sentences_and_the_same_ones_twice(snapshot: Snapshot) -> None:
    told = sentence(snapshot)
    assert told == sentence(snapshot)
    assert told.headline.endswith(".")
    assert not told.detail or told.detail.endswith(".")
    assert "  " not in told.headline + told.detail


def test_a_store_that_cannot_be_written_is_the_first_thing_to_say_with_the_reason() -> None:
    told = sentence(calm(store=FULL, sources=(BROKEN,), finished=True))
    assert told.state == "unkept"
    assert "cannot be kept now" in told.headline
    assert "the disk is full; trying again in 4 s" in told.detail
    assert sentence(calm(store=replace(FULL, kind="keeping"))).state == "live"


def test_a_calm_stream_has_a_calm_sentence() -> None:
    told = sentence(calm())
    assert told.headline == "1.2 RSVPs a second from 32 states; California leads with 22 %."
    assert told.detail == "Usual is 1.2 RSVPs a second. Nothing in the mix stands out."


@given(st.integers(10, 120), st.booleans(), st.sampled_from([100_000, 40]))
def test_a_stream_in_which_nothing_comes_says_so_with_the_time_and_no_rate_of_before(
    seconds: int, is_told: bool, count: int
) -> None:
    silence = (incident("silence", "down"),) if is_told else ()
    life = Entropy(count, 41, 3.03, 4.371, 3.03, 4.372)
    told = sentence(calm(last=NOW - seconds * S, usual_per_s=1.2, incidents=silence, entropy_life=life))
    words = told.headline if count > 100 else told.detail
    assert f"No RSVPs for {span(seconds)}, since {clock(NOW - seconds * S, NOW, seconds=True)}." in words
    assert "1.2 RSVPs a second from" not in told.headline
    assert "The rate is" not in told.detail
    assert "last 2 min" not in told.detail


@given(st.floats(0, 2), st.integers(0, 4))
def test_a_gap_that_is_usual_is_no_silence(usual: float, seconds: int) -> None:
    told = sentence(calm(last=NOW - seconds * S, usual_per_s=usual))
    assert told.headline == "1.2 RSVPs a second from 32 states; California leads with 22 %."
    assert sentence(calm(last=NOW - 3600 * S, usual_per_s=0.002)).headline == told.headline


def test_the_largest_clear_departure_is_named_in_full_and_in_counts() -> None:
    told = sentence(maine())
    assert "Maine stands out: 31 RSVPs in the last 15 min where 3.7 (0 to 7.4) were expected." in told.detail
    assert "alarm" not in told.headline + told.detail


def test_a_category_that_falls_short_is_called_quiet() -> None:
    detail = sentence(calm(mix=mix_of(STATES, changed={"CA": 120}))).detail
    assert "California is quiet: 120 RSVPs" in detail


@given(st.integers(0, 5))
def test_a_handful_of_events_never_stands_out(count: int) -> None:
    mix = (*mix_of(STATES), reading("WY", count, 1080, 0.00001))
    assert "Wyoming" not in sentence(calm(mix=mix)).detail


def test_a_clear_change_of_the_rate_is_said_in_counts() -> None:
    told = sentence(calm(rate=Rate(300, 120.0, 0.4, 2.5, 2.2, 2.8)))
    assert "More than usual: 300 RSVPs in the last 2 min where about 144 are usual." in told.detail


def test_too_little_data_says_what_is_being_learned() -> None:
    told = sentence(calm(entropy_life=Entropy(37, 12, 1.0, 1.4, 1.1, 1.6)))
    assert (told.state, told.headline) == ("learning", "Learning what is usual: 37 RSVPs so far from 32 states.")
    assert told.detail.startswith("After 63 more ")


def test_before_the_first_event_it_waits_and_says_for_what() -> None:
    assert sentence(waiting()).headline == "Waiting for the first RSVPs."
    unusable = sentence(waiting(counters=Counters(12, 0, 0, 0, 0, 0, 12, 0)))
    assert unusable.detail == "12 messages were read: 12 malformed."


def test_an_address_at_the_beginning_of_a_sentence_stays_as_it_is() -> None:
    broken = replace(BROKEN, detail="http://127.0.0.1:1 answered 503")
    assert sentence(calm(sources=(broken,))).detail == "http://127.0.0.1:1 answered 503."


def test_a_lost_source_is_named_with_the_time_of_the_numbers() -> None:
    told = sentence(calm(sources=(BROKEN,)))
    assert told.headline.startswith("The connection to stream.example is lost; the numbers are those of 14:24 UTC")
    assert told.detail == "Refused; trying again in 4 s."
    assert sentence(calm(sources=(BROKEN, *calm().sources))).headline.startswith("1 of 2 sources cannot be reached")


def test_old_numbers_and_an_ended_input_are_said_as_such() -> None:
    assert sentence(calm(behind_s=200.0)).headline == "The newest number here is 3.3 min old."
    ended = sentence(calm(finished=True, behind_s=None))
    assert ended.headline == "The input has ended: 92,114 RSVPs from 32 states; California led with 22 %."
    swapped = tuple(structs.replace(each, share=0.5 if each.name == "NY" else 0.01) for each in calm().mix)
    assert "New York led with 50 %" in sentence(calm(finished=True, behind_s=None, mix=swapped)).headline
    assert sentence(waiting(finished=True)).detail == "It was empty."


def test_a_simulated_past_is_said_as_such_in_every_state() -> None:
    for snapshot in (calm(), maine(), calm(behind_s=200.0), calm(sources=(BROKEN,)), calm(finished=True)):
        told = sentence(replace(snapshot, past_until=NOW - 600 * S))
        assert "What came before 14:14 UTC is a simulated past." in told.detail


def test_names_that_are_no_states_stay_as_they_are() -> None:
    shares = {"<script>alert(1)</script>": 0.6, "OR": 0.4}
    told = sentence(calm(noun="edits", noun_by="wikis", categories=2, mix=mix_of(shares)))
    assert told.headline == "1.2 edits a second in 2 wikis; <script>alert(1)</script> leads with 61 %."


def test_what_is_out_of_the_ordinary_now_is_told_with_its_beginning() -> None:
    found = incident("mix", "up", category="ME", began=NOW - 240 * S, detected=NOW)
    told = sentence(calm(incidents=(found, replace(found, ended=NOW))))
    assert told.detail.startswith("Since 14:20 UTC: RSVPs from Maine came 12 times as often as expected")
    assert told.detail.count("Since") == 1
