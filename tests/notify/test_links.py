"""Links to incidents: each lets its holder answer for one incident of one watch, and goes out with its notices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.model.incident import Incident
from rarebird.notify.alertmanager import alert
from rarebird.notify.apprise import message as mail
from rarebird.notify.contract import Notice, linked
from rarebird.notify.example import example
from rarebird.notify.links import Links
from rarebird.notify.webhook import message

SITE = "https://birds.example.org/rare"
NUMBERS = st.integers(0, 2**62)
KEYS = st.binary(min_size=16, max_size=64)


def incident(id: int = 1, detected: int = 0) -> Incident:
    told = example(detected).incident
    assert told is not None
    return replace(told, id=id)


@given(st.tuples(KEYS, st.text(max_size=20), NUMBERS, NUMBERS), st.tuples(KEYS, st.text(max_size=20), NUMBERS, NUMBERS))
def test_a_token_holds_for_its_own_incident_of_its_own_watch_alone(
    one: tuple[bytes, str, int, int], other: tuple[bytes, str, int, int]
) -> None:
    (key, watch, *about), (other_key, other_watch, *other_about) = one, other
    token = Links(SITE, key, watch).token(incident(*about))
    assert Links(SITE, key, watch).allows(incident(*about), token)
    assert Links(SITE, other_key, other_watch).allows(incident(*other_about), token) == (one == other)


@given(st.text(max_size=80))
def test_what_is_no_token_is_refused_whatever_it_is(text: str) -> None:
    assert not Links(SITE, bytes(32), "rsvps").allows(incident(), text)


def test_notices_of_incidents_get_their_links_and_others_none() -> None:
    links = Links(SITE, bytes(32), "rsvps")
    of, plain = links.added([Notice(0, "x", incident=incident(7)), Notice(0, "y")])
    assert of.link == f"{SITE}/incidents/7?token={links.token(incident(7))}"
    assert plain.link == ""


def test_a_link_is_told_whole_however_long_the_text_is() -> None:
    notice = Notice(0, "x" * 5000, incident=incident(), link=SITE)
    assert linked(notice, 2_000).endswith(f"… {SITE}")
    assert message(notice).link == alert(notice)["generatorURL"] == SITE
    assert mail([notice], "RSVPs")[1].splitlines()[-1] == SITE
    assert "generatorURL" not in alert(Notice(0, "y"))
