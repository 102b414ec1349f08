"""The scenes and the recording hold what their names say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.detection import scenes
from benchmarks.detection.bank import bank
from benchmarks.detection.changes import CHANGES, Flicker
from benchmarks.detection.contract import Setting
from benchmarks.detection.recording import earthquakes as recorded
from benchmarks.detection.recording import incidents
from benchmarks.detection.regimes import CLEAN, DAY, START
from benchmarks.detection.told import Told
from rarebird.detect.counts import Counts
from tests.benchmarks.quietness import Alarm, Quietness

HOUR = 3_600


def hourly(setting: Setting) -> Quietness:
    """Tells of an hour without events."""
    return Quietness(setting, HOUR)


def test_a_silence_after_a_cold_start_is_told_once_from_its_begin() -> None:
    found = scenes.cold(Quietness, CHANGES[3], 2_400, CLEAN)
    (told,) = found.told
    assert found.began == START + 2_400
    assert -12 < told.began - found.began <= 0


def test_nothing_happens_in_a_quiet_start() -> None:
    assert scenes.cold_quiet(Quietness, CLEAN, length=HOUR).told == []


def test_four_events_an_hour_come_as_they_should() -> None:
    found = scenes.three_of_four(hourly, learn=DAY)
    assert found.began == START + DAY
    assert found.told == []
    assert scenes.three_of_four(hourly, learn=0).began == START


def test_the_bank_lives_by_the_clock_of_its_zone() -> None:
    zone = bank(Setting(50, zone="America/New_York")).zone
    night = START + 62 * DAY  # 2026-03-08, 00:00 UTC; at 07:00 UTC the clocks go forward
    assert [zone.local(night + each * HOUR) - night - each * HOUR for each in (6, 7)] == [-5 * HOUR, -4 * HOUR]


def test_the_bank_keeps_the_contract_of_detectors() -> None:
    found = scenes.cold(bank, CHANGES[3], 2 * HOUR, CLEAN)
    assert [one.name for one in found.told] == ["silence down"]
    assert 0 < found.told[0].detected - found.began < 30


def test_a_flicker_goes_to_and_fro() -> None:
    factors = Flicker(1, 1.4, 2)(np.full((6, 3), 1 / 3))
    assert factors[:, 0].tolist() == [1, 1, 1.4, 1.4, 1, 1]
    assert (factors == factors[:, :1]).all()


def test_a_scene_reads_as_a_story() -> None:
    scene = scenes.Scene("a stop", "told", 100, [Told("silence", "", 100, 110, None)])
    assert scene.text().splitlines() == [
        "- **a stop** (wanted: told): 1 told",
        "    1970-01-01T00:01:50 silence, began 10 s before, still open, 10 s after",
    ]
    assert "nothing told" in scene._replace(told=[]).text()


def test_the_earthquakes_are_in_order_and_tell_what_is_known(earthquakes: Path) -> None:
    recording = recorded(earthquakes)
    assert recording.counts.events.sum() == len(recording.rows) == len(earthquakes.read_bytes().splitlines()) - 1
    assert (np.diff([row.second for row in recording.rows]) >= 0).all()
    shock = next(row.second for row in recording.rows if row.net == "pr" and row.magnitude == 5.8)
    told = Told("mix up", "pr", shock - 60, shock + HOUR, None)
    assert recording.about(told).endswith("strongest 5.8, 13km SSE of Indios, Puerto Rico")


class First(Quietness):
    """Tells of a silence as if it were one of the first category."""

    def step(self, state: list[float], ticks: Counts) -> tuple[list[float], list[Alarm]]:
        state, told = super().step(state, ticks)
        return state, [one._replace(category=0) for one in told]


def test_a_detector_sees_every_tick_of_a_recording_and_categories_get_their_names(earthquakes: Path) -> None:
    recording = recorded(earthquakes)
    gaps = np.diff(np.unique(recording.counts.tick))
    told = incidents(lambda setting: First(setting, 1_200), recording)
    assert len(told) == (gaps > 1_200).sum() > 0
    assert {one.category for one in told} == {recording.rows[0].net}
