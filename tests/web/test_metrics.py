"""What Prometheus reads: held to its own parser, whatever names a stream or a user has given."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from rarebird.model.snapshot import ChannelReading, SourceReading, StoreReading, TaskReading
from rarebird.model.vitals import Decided, Vitals
from rarebird.notify.example import example
from rarebird.web.metrics import metrics
from tests.web.view_double import NOW, S, calm, waiting

NAMES = st.text(st.characters(), max_size=40) | st.sampled_from(['a"b', "a\\b\n", "\ud800", "{}", "x y"])
TASKS = (TaskReading("page", "running"), TaskReading("outages", "restarting", "KeyError", 2))
CHANNEL = ChannelReading("slack", 3, 12.5, "Slack answered 500", 40, 5, 4, 2)


def read(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Values by the name of a sample, and by the values of its labels."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in {"counter", "gauge"}
        for sample in family.samples:
            assert sample.name.startswith("rarebird_")
            values = found.setdefault(sample.name, {})
            assert tuple(sample.labels.values()) not in values
            values[tuple(sample.labels.values())] = sample.value
    return found


def test_all_that_is_known_of_a_watch_is_there_under_its_name() -> None:
    incident = example(0).incident
    assert incident is not None
    over = replace(incident, kind="rate", ended=5)
    told = metrics(
        calm(channels=(CHANNEL,), store=StoreReading("sqlite:///x", "failing", "", ""), tasks=TASKS),
        [incident, over],
        Vitals((Decided("began", "message", 3), Decided("muted", "nothing", 1)), 120, 2),
    )
    values = read(told)
    assert values["rarebird_health"] == {("ok",): 0, ("degraded",): 1, ("failing",): 0}
    assert values["rarebird_health_reasons"][("store_failing",)] == 1
    assert sum(values["rarebird_health_reasons"].values()) == 3, "the store, the channel and the task"
    assert values["rarebird_task_up"] == {("page",): 1, ("outages",): 0}
    assert values["rarebird_task_restarts_total"] == {("page",): 0, ("outages",): 2}
    assert values["rarebird_messages_read_total"] == {(): 115_000}
    assert values["rarebird_messages_total"][("kept",)] == 92_114
    assert sum(values["rarebird_messages_total"].values()) + values["rarebird_messages_undecided"][()] == 115_000
    assert values["rarebird_watermark_timestamp_seconds"] == {(): NOW / S}
    assert values["rarebird_behind_seconds"] == {(): 5.2}
    assert values["rarebird_incidents_open"] == {("rate",): 0, ("mix",): 1, ("event",): 0, ("silence",): 0}
    assert values["rarebird_decisions_total"] == {("began", "message"): 3, ("muted", "nothing"): 1}
    one = {name: values[f"rarebird_{name}"] for name in ("outbox_waiting", "outbox_oldest_seconds", "sent_total")}
    assert one == {
        "outbox_waiting": {("slack",): 3},
        "outbox_oldest_seconds": {("slack",): 12.5},
        "sent_total": {("slack",): 40},
    }
    attempts = ("send_failures_total", "send_retries_total", "send_repeats_total")
    assert [values[f"rarebird_{name}"][("slack",)] for name in attempts] == [5, 4, 2]
    stored = ("store_up", "store_commits_total", "store_failures_total")
    assert [values[f"rarebird_{name}"][()] for name in stored] == [0, 120, 2]


def test_what_is_not_known_yet_is_left_out() -> None:
    values = read(metrics(waiting(), [], Vitals()))
    assert "rarebird_entropy_bits" not in values
    assert "rarebird_store_up" not in values
    assert values["rarebird_messages_read_total"] == {(): 0}


@given(st.lists(NAMES, max_size=5))
def test_names_come_back_as_they_were_given(names: list[str]) -> None:
    numbers = count()
    sources = tuple(SourceReading(f"{next(numbers)} {name}", "connected", "", 1) for name in names)
    channels = tuple(replace(CHANNEL, name=source.name) for source in sources)
    values = read(metrics(calm(sources=sources, channels=channels), [], Vitals()))
    wanted = {(source.name.encode(errors="replace").decode(),) for source in sources}
    assert set(values.get("rarebird_source_up", {})) == set(values.get("rarebird_sent_total", {})) == wanted
