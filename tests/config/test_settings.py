from __future__ import annotations

import pytest

from rarebird.config.chosen import Chosen
from rarebird.config.settings import former_name, settings, without_secrets
from rarebird.errors import ConfigError
from rarebird.model.fields import Fields
from rarebird.source.presets import MEETUP, WIKIPEDIA


def test_what_the_user_chose_goes_before_what_the_preset_knows() -> None:
    chosen = settings(Chosen(by="group.group_city", lateness="9s", watched="Oslo,Rome"), ["meetup"], MEETUP)
    assert chosen.fields.by == "group.group_city"
    assert chosen.fields.time == MEETUP.fields.time
    assert (chosen.lateness, chosen.watched, chosen.noun) == ("9s", ("Oslo", "Rome"), "RSVPs")


def test_a_preset_alone_gives_all_that_it_knows() -> None:
    for preset in (MEETUP, WIKIPEDIA):
        chosen = settings(Chosen(), [preset.name], preset)
        assert chosen.fields == preset.fields
        watch = chosen.watch()
        assert watch.order.lateness == preset.lateness
        assert watch.watched == preset.watched
        assert chosen.title == preset.title


def test_without_anything_chosen_the_defaults_hold_and_the_name_comes_from_source_and_fields() -> None:
    chosen = settings(Chosen(by="kind"), ["logs/a.jsonl"], None)
    assert chosen.fields == Fields(by="kind")
    assert (chosen.name, chosen.title) == ("logs/a.jsonl by kind", "a.jsonl by kind")
    assert settings(Chosen(name="mine"), ["-"], None).name == "mine"


SECRET = "planted-1f7c"


@pytest.mark.parametrize(
    "source",
    [
        f"http://ann:{SECRET}@example.org",
        f"https://{SECRET}@example.org/rsvps?a=1",
        f"wss://example.org/2/rsvps?event_id=7&api_key={SECRET}",
        f"http://example.org/#{SECRET}",
        f"http://ann:{SECRET}@[::1",
    ],
)
def test_neither_name_nor_title_holds_what_an_address_keeps_secret(source: str) -> None:
    found = settings(Chosen(by="kind"), [source, "a.jsonl"], None)
    assert SECRET not in str(found.state())
    assert "a.jsonl by kind" in found.name
    former = former_name([source, "a.jsonl"], found.fields)
    assert SECRET in former
    assert without_secrets([source], f'"{former}"'.encode()).decode() == f'"{found.name}"'


def test_an_unknown_zone_is_refused_under_the_name_of_its_option() -> None:
    with pytest.raises(ConfigError, match=r"^--zone: expected a time zone .* did you mean America/New_York\?$"):
        settings(Chosen(zone="America/NewYork"), ["-"], None)
