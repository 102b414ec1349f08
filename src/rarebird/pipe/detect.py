"""The stage that holds readings against rules, and writes what is news."""

from __future__ import annotations

from msgspec import UNSET

from rarebird.detect.reading import Reading
from rarebird.detect.rules import Rules, Told
from rarebird.notify.news import news_text, reach_text, record_text
from rarebird.pipe.inflow import Inflow, Say, Write
from rarebird.pipe.line import ReadingLine, passed_on, written


class Detect:
    """Rules at work over readings. Those of the past are judged, but nothing is written of them."""

    def __init__(self, rules: Rules, write: Write, say: Say) -> None:
        self._rules, self._write, self._say = rules, write, say
        self._past = False

    async def run(self, inflow: Inflow[ReadingLine]) -> None:
        """Writes the news, to the end of input; then says how often each rule has alerted."""
        try:
            async for lines in inflow.lines():
                out = b"".join(part for line in lines for part in self._step(line))
                if out:
                    self._write(out)
        finally:
            self._tell()

    def _tell(self) -> None:
        for record in self._rules.records:
            if record.readings:
                self._say(record_text(record))

    def _step(self, line: ReadingLine) -> list[bytes]:
        if line.is_mark:
            return [passed_on(line)]
        if self._past and not line.past:
            self._say("on the readings of before:")
            self._tell()
        self._past = line.past
        count = None if line.count is UNSET else line.count
        reading = Reading(line.mean_gap_s, line.rate_per_s, line.entropy_nats, line.watched_share, count, count)
        told = self._rules.step(reading)
        for reach in self._rules.reaches():
            self._say(reach_text(reach))
        return [] if line.past else [_written(line.time, each) for each in told]


def _written(time: str, told: Told) -> bytes:
    news = told.news
    return written(
        time=time,
        rule=news.metric,
        direction=news.direction,
        phase=news.phase,
        value=news.value,
        limit=news.limit,
        alerting_share=told.share,
        text=news_text(told),
    )
