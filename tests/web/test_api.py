from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from msgspec import structs
from prometheus_client.parser import text_string_to_metric_families

from rarebird.model.health import Health
from rarebird.model.snapshot import ChannelReading, Snapshot, SourceReading, TaskReading
from rarebird.web.metrics import MEDIA
from rarebird.web.serve import serving
from tests.incident.test_telling import incident
from tests.web.view_double import NOW, FakeView, S, calm, maine, waiting

pytestmark = pytest.mark.anyio
BROKEN = (SourceReading("stream.example", "failing", "refused", 3, NOW - 300 * S),)


class Site:
    """A served view and a client for it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.session.get(path, allow_redirects=False, **options) as reply:
            text = await reply.text()
            return reply.status, json.loads(text) if "json" in reply.headers.get("Content-Type", "") else text


@contextlib.asynccontextmanager
async def site(snapshot: Snapshot | None = None) -> AsyncIterator[Site]:
    async with serving(FakeView(snapshot), port=0) as address, aiohttp.ClientSession(address) as session:
        yield Site(session)


async def test_the_histogram_is_an_object_of_shares() -> None:
    async with site() as one:
        assert await one.get("/histogram") == (200, {"CA": 0.75, "ME": 0.25})
        assert await one.get("/histogram?window=15m") == (200, {"CA": 0.75, "ME": 0.25})
    async with site(waiting()) as empty:
        assert await empty.get("/histogram") == (200, {})


async def test_the_entropy_is_in_nats_and_says_so_with_bits_beside() -> None:
    async with site() as one:
        assert await one.get("/entropy?window=15m") == (
            200,
            {
                "entropy": 3.02, "unit": "nats", "entropy_bits": 4.357, "corrected": 3.04, "corrected_bits": 4.386,
                "count": 1080, "categories": 32,
            },
        )  # fmt: skip
    async with site(waiting()) as empty:
        _, answer = await empty.get("/entropy")
        assert (answer["entropy"], answer["corrected"], answer["count"]) == (None, None, 0)


async def test_the_probability_is_asked_by_name_or_by_message() -> None:
    expected = {"category": "CA", "p": 0.25, "surprisal_bits": 2.0, "seen": True}
    async with site() as one:
        for path in ("/probability?state=CA", "/probability?category=CA"):
            assert await one.get(path) == (200, expected)
        message = {"message": '{"group":{"group_state":"CA"}}'}
        assert await one.get("/probability", params=message) == (200, expected)
        assert (await one.get("/probability?state=<script>"))[1]["seen"] is False


async def test_the_rate_is_that_of_all_or_of_one_category_with_nulls_below_two_events() -> None:
    async with site() as one:
        _, rate = await one.get("/rate")
        assert rate == {
            "count": 148, "window_s": 120.0, "mean_gap_s": 0.81, "rate_per_s": 1.233, "low_per_s": 1.04,
            "high_per_s": 1.45,
        }  # fmt: skip
        _, rare = await one.get("/rate?state=ME")
        assert (rare["count"], rare["rate_per_s"], rare["low_per_s"]) == (1, None, None)


@pytest.mark.parametrize(
    "path",
    [
        "/histogram?window=soon",
        "/histogram?window=",
        "/histogram?window=0s",
        "/histogram?window=2h",
        "/histogram?windw=15m",
        "/entropy?window=15m&window=1h",
        "/entropy?window=-5s",
        "/probability",
        "/probability?state=",
        "/probability?state=CA&category=ME",
        "/probability?message={}",
        "/rate?message={}",
        "/snapshot?x=1",
        "/moments?x=1",
    ],
)
async def test_a_wrong_parameter_is_answered_with_what_was_expected_and_what_came(path: str) -> None:
    async with site() as one:
        status, answer = await one.get(path)
    assert status == 400
    assert set(answer) == {"error"}
    assert "expected" in answer["error"]
    assert "got" in answer["error"]


async def test_health_follows_the_sources() -> None:
    async with site() as well:
        status, answer = await well.get("/healthz")
        assert (status, answer["status"], answer["counters"]["kept"]) == (200, "ok", 92_114)
    async with site(calm(sources=BROKEN)) as broken:
        status, answer = await broken.get("/healthz")
        assert (status, answer["status"], answer["sources"][0]["kind"]) == (503, "failing", "failing")
    async with site(calm(finished=True)) as ended:
        assert (await ended.get("/healthz"))[0] == 200


async def test_livez_asks_for_another_process_once_a_task_was_given_up() -> None:
    for kind, expected in (("running", 200), ("restarting", 200), ("given up", 503)):
        task = TaskReading("outages", kind, "KeyError at outages.py:9", 2)  # type: ignore[arg-type]
        async with site(calm(tasks=(task,))) as one:
            status, answer = await one.get("/livez")
            assert (status, answer["status"]) == (expected, "ok" if expected == 200 else "failing")
            assert ("outages" in str(answer["reasons"])) == (expected == 503)
            _, health = await one.get("/healthz")
            assert health["tasks"][0]["kind"] == kind
            assert health["status"] == {"running": "ok", "restarting": "degraded", "given up": "failing"}[kind]


async def test_readyz_waits_for_the_store_and_the_state_while_livez_answers() -> None:
    async with site(calm(health=Health(ready=False))) as one:
        assert (await one.get("/readyz"))[0] == 503
        assert await one.get("/livez") == (200, {"status": "ok", "reasons": []})
    async with site() as one:
        assert await one.get("/readyz") == (200, {"status": "ok", "reasons": []})


async def test_a_source_of_several_that_is_lost_is_no_reason_to_end_the_process() -> None:
    async with site(calm(sources=(*BROKEN, *calm().sources))) as one:
        status, answer = await one.get("/healthz")
    assert (status, answer["status"], answer["reasons"][0]["name"]) == (200, "degraded", "source_failing")
    assert answer["reasons"][0]["about"] == "stream.example"


async def test_what_waits_to_be_sent_for_minutes_is_told_but_is_no_reason_to_end_the_process() -> None:
    slack = ChannelReading("slack", 3, 299.0, "", 40, 5, 4, 2)
    late = structs.replace(slack, name="webhook", oldest_s=301.0, waiting=1)
    async with site(calm(channels=(slack,))) as well:
        status, answer = await well.get("/healthz")
        assert (status, answer["status"], answer["outbox"], answer["oldest_s"]) == (200, "ok", 3, 299.0)
    async with site(calm(channels=(slack, late))) as slow:
        status, answer = await slow.get("/healthz")
    assert (status, answer["status"], answer["outbox"], answer["oldest_s"]) == (200, "degraded", 4, 301.0)
    assert [channel["repeated"] for channel in answer["channels"]] == [2, 2]


async def test_what_prometheus_reads_is_served_as_it_expects_it() -> None:
    async with site() as one, one.session.get("/metrics") as reply:
        assert (reply.status, reply.headers["Content-Type"]) == (200, MEDIA)
        families = [*text_string_to_metric_families(await reply.text())]
    assert {family.name for family in families} >= {
        "rarebird_messages",
        "rarebird_decisions",
        "rarebird_rate_per_second",
    }


async def test_the_snapshot_comes_with_its_sentence_its_names_and_what_departs() -> None:
    async with site(maine()) as one:
        _, answer = await one.get("/snapshot")
        assert "Maine stands out" in answer["sentence"]["detail"]
        assert answer["labels"]["ME"] == "Maine"
        assert answer["departures"]["ME"] > answer["clear"]
        assert answer["snapshot"]["noun"] == "RSVPs"
        _, moments = await one.get("/moments")
        assert moments == sorted(moments, key=lambda moment: moment["time"])


async def test_an_unknown_path_lists_those_that_exist_and_a_wrong_method_the_right_ones() -> None:
    async with site() as one:
        for path in ("/histogramm", "/static/none.js", "/static/../app.py", "/static/%2e%2e/app.py"):
            status, answer = await one.get(path)
            assert status == 404
            assert "/histogram" in answer["paths"]
        async with one.session.post("/rate") as reply:
            assert (reply.status, await reply.json()) == (405, {"error": "expected GET or HEAD at /rate, got POST"})
            assert "GET" in reply.headers["Allow"]


async def test_the_root_leads_to_the_page_and_keeps_the_query() -> None:
    async with site() as one, one.session.get("/?theme=dark") as reply:
        assert (reply.status, str(reply.url.relative())) == (200, "/vis?theme=dark")
        assert reply.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/vis", "/rate", "/healthz", "/openapi.json", "/static/page.js", "/feed"])
async def test_head_answers_as_get_without_a_body_and_with_safe_headers(path: str) -> None:
    async with site() as one, one.session.head(path) as reply:
        assert (reply.status, await reply.read()) == (200, b"")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "//" not in policy


async def test_page_and_numbers_are_compressed() -> None:
    async with site() as one:
        for path in ("/vis", "/static/page.css", "/snapshot", "/static/vendor/uPlot.iife.min.js"):
            async with one.session.get(path) as reply:
                assert reply.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", ""])
async def test_a_foreign_host_name_is_refused(host: str) -> None:
    async with site() as one:
        status, answer = await one.get("/snapshot", headers={"Host": host})
        assert status == 403
        assert "localhost" in answer["error"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "192.0.2.7"])
async def test_addresses_and_localhost_are_answered(host: str) -> None:
    async with site() as one:
        assert (await one.get("/rate", headers={"Host": host}))[0] == 200


async def test_the_history_is_asked_by_times_and_says_what_was_wrong() -> None:
    async with site() as one:
        status, answer = await one.get("/history?from=2026-01-31&to=2026-02-01T12:00:00Z&state=CA")
        assert (status, answer["seconds"], answer["start"], answer["of_category"]) == (200, 60, [60, 120], [1, 0])
        assert (await one.get("/history"))[1]["of_category"] is None
        for question, told in {
            "?from=yesterday": "from: ",
            "?to=2026-01-01&from=2026-01-02": "expected `to` behind `from`",
            "?since=5": "the parameter `since`",
            "?state=nowhere": "expected a category that was seen",
        }.items():
            status, answer = await one.get(f"/history{question}")
            assert status == 400
            assert told in answer["error"]
        assert await one.get("/history?from=1000000") == (503, {"error": "Redis cannot be reached"})


async def test_incidents_are_answered_with_the_numbers_that_explain_them() -> None:
    found = incident("mix", "up", category="ME", detected=240_000_000)
    async with site(calm(incidents=(found,))) as one:
        _, (told,) = await one.get("/incidents")
        assert (told["kind"], told["category"], told["events"], told["expected"]) == ("mix", "ME", 24, 2.0)
        assert (told["began"], told["detected"], told["ended"]) == (0, 240_000_000, None)
        status, _ = await one.get("/incidents?window=1h")
        assert status == 400
    async with site() as calm_one:
        assert await calm_one.get("/incidents") == (200, [])
