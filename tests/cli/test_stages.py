"""Each stage as a shell runs it: what it writes, what it says, how it ends; Slack behind the last one."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from urllib.parse import quote

import pytest

from rarebird.model import instant
from rarebird.model.instant import SECOND
from rarebird.notify.contract import REPEAT
from rarebird.pipe.insert import distribution_of, gaps_of
from tests.cli.shell import PIPELINES, job, script, shell, status
from tests.cli.test_recording import plain_count
from tests.effort import slow_after_first
from tests.notify.double import SECRET, slack

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_live_stream_gives_a_reading_a_second_until_it_is_told_to_end(env: dict[str, str]) -> None:
    async with job("rarebird", "simulate", "--serve", "127.0.0.1:0", "--rate", "30", env=env) as server:
        url = (await server.said("serving ")).split()[1]
        async with job(str(PIPELINES / "1-stream-ingest.sh"), url, "--preset", "meetup", env=env) as first:
            async with job("rarebird", "pipe", "average", env=env) as average:
                times = [json.loads(await average.line())["time"] for _ in range(4)]
                code, _, err = await average.end(signal.SIGINT)
            _, _, said = await first.end(signal.SIGINT)
    seconds = [instant.parse(time) // SECOND for time in times]
    assert seconds == [*range(seconds[0], seconds[0] + 4)]
    assert (code, err) == (130, "")
    assert "Traceback" not in said
    assert not (await status(env, gaps_of(env["RAREBIRD_NAME"])))["ended"]


@pytest.mark.parametrize("kind", ["redis", "sqlite"])
async def test_a_stage_that_is_killed_goes_on_where_it_was(
    recording: str, env: dict[str, str], tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        env = env | {"RAREBIRD_STORE": f"sqlite:///{tmp_path / 'all.db'}"}
    ingest = f"rarebird pipe ingest {recording} --preset meetup"
    await shell(f"{ingest} > {tmp_path / 'events'}", env)
    lines = (tmp_path / "events").read_text().splitlines(keepends=True)
    (tmp_path / "half").write_text("".join(lines[: len(lines) // 2]))
    # The input stays open behind its first half, and a reading of it shows that something is kept.
    async with job(
        "bash", "-c", f"tail -f -n +1 {tmp_path / 'half'} | rarebird pipe insert-distribution", env=env
    ) as first:
        await kept_by(env)
        await first.kill()
        await first.end()
    code, _, err = await shell(f"rarebird pipe insert-distribution < {tmp_path / 'events'}", env)
    assert code == 0
    assert "from seconds closed already, and not counted again" in err
    once = env | {"RAREBIRD_NAME": "once"}
    await shell(f"rarebird pipe insert-distribution --fresh < {tmp_path / 'events'}", once)
    again, whole = [await status(each, distribution_of(each["RAREBIRD_NAME"])) for each in (env, once)]
    late = again.pop("late") - whole.pop("late")
    assert again.pop("read") - whole.pop("read") == late > 0
    assert again == whole


async def kept_by(env: dict[str, str]) -> None:
    """Waits for the first reading of a stream, while its store may not be there yet."""
    while True:
        async with job("rarebird", "pipe", "poll", env=env) as poll:
            if await poll.line():
                return


async def test_a_closed_pipe_ends_a_stage_quietly(recording: str, env: dict[str, str]) -> None:
    await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
    ingest = f"rarebird pipe ingest {recording} --preset meetup"
    for stage in (
        'yes \'{"time":"2020-01-01","category":"a"}\' | rarebird pipe gaps',
        f"cat {recording} {recording} {recording} | rarebird pipe ingest - --preset meetup",
        "rarebird pipe average",
        "rarebird pipe poll --window life",
        f"{ingest} | rarebird pipe unusual --unusual 0.05:0.055",
        f"{ingest} | rarebird pipe unusual --unusual 0.05:0.055 | rarebird pipe push stdout",
    ):
        code, out, err = await shell(f"{{ {stage}; }} | head -1; exit ${{PIPESTATUS[1]}}", env)
        assert (code, out.count("\n")) == (0, 1), stage
        assert "Traceback" not in err, stage
        assert "BrokenPipe" not in err, stage
        assert "Exception" not in err, stage


async def test_diagnostics_never_stand_among_the_data(recording: str, env: dict[str, str]) -> None:
    events = f"(echo nonsense; rarebird pipe ingest {recording} --preset meetup; echo '{{}}')"
    for stage in (
        f"{events} | rarebird pipe gaps",
        f"{events} | rarebird pipe unusual",
        '(echo 7; echo \'{"time":"2020-01-01","mean_gap_s":30,"count":2}\') | rarebird pipe detect',
    ):
        await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
        code, out, err = await shell(stage, env)
        assert code == 0
        assert all(isinstance(json.loads(line), dict) for line in out.splitlines())
        assert "expected one" in err
        assert "left out" in err


WRONG = {
    "rarebird pipe average --window soon": "--window: expected a duration",
    "rarebird pipe average --window 1500ms": "--window: expected whole seconds",
    "rarebird pipe poll --preset metup": "did you mean meetup",
    "rarebird pipe poll --watched CA,,NY": "--watched: expected names",
    "rarebird pipe insert-gaps --keep 0s": "--keep: expected whole seconds",
    "rarebird pipe insert-gaps --store redi://x": "did you mean redis://",
    "rarebird pipe detect --entropy-above 3": "--entropy-above: expected FIRE:RECOVER",
    "rarebird pipe detect --entropy-above 3:3.1": "expected a recovery level below",
    "rarebird pipe detect --entropy-below 3:2.9": "expected a recovery level above",
    "rarebird pipe detect --watched-share 1.5:0.1": "--watched-share: expected a share between 0 and 1",
    "rarebird pipe detect --mean-gap 0:0.1": "--mean-gap: expected seconds above 0",
    "rarebird pipe detect --mean-gap-up-after 0": "numbers of readings of at least 1",
    "rarebird pipe detect --least -1": "--least: expected",
    "rarebird pipe unusual --unusual 0.1:0.05": "--unusual: expected two probabilities",
    "rarebird pipe unusual --half-life 0s": "--half-life: expected whole seconds",
    "rarebird pipe push slak": "did you mean slack?",
    "rarebird pipe push slack": "RAREBIRD_SLACK_WEBHOOK_URL",
    "rarebird pipe ingest nothing.jsonl": "there is no such file",
    "rarebird pipe ingest --prset meetup": "did you mean --preset",
    "rarebird watch - --no-store --notify slak": "did you mean slack?",
    "rarebird watch - --no-store --notify stdout --unusual 2": "--unusual: expected",
    "rarebird watch - --no-store --notify stdout --least 9": "--least: expected a rule beside it",
}


@pytest.mark.parametrize("line", WRONG)
async def test_wrong_usage_of_a_stage_ends_with_2_and_one_line(line: str, env: dict[str, str]) -> None:
    code, out, err = await shell(line, env)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert WRONG[line] in err


async def test_a_store_that_cannot_be_reached_ends_a_stage_with_1_and_one_line(env: dict[str, str]) -> None:
    nowhere = env | {"RAREBIRD_STORE": "redis://127.0.0.1:1/0"}
    for stage in ("insert-gaps", "insert-distribution", "average", "poll", "unusual"):
        code, out, err = await shell(f"rarebird pipe {stage}", nowhere)
        assert (code, out) == (1, ""), stage
        assert "nothing takes connections there" in err
        assert err.count("\n") <= 2


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_to_the_script_ends_its_stages_with_their_last_words(env: dict[str, str], sign: int) -> None:
    env = env | {"RAREBIRD_NAME": f"stream {sign}"}
    lines = [{"time": f"2020-01-01T00:00:0{second}Z", "category": "a"} for second in range(9)]
    text = "\n".join(map(json.dumps, [*lines, {"watermark": "2020-01-01T00:00:10Z"}]))
    for stages in ("rarebird pipe gaps | rarebird pipe insert-gaps", "rarebird pipe insert-distribution"):
        assert (await shell(f"echo '{text}' | {stages}", env))[0] == 0
    async with job(
        str(PIPELINES / "2-notify.sh"),
        "stdout",
        "--mean-gap",
        "0.5:0.1",
        "--entropy-below",
        "2.7:2.75",
        "--least",
        "1",
        env=env,
    ) as notify:
        assert "The entropy of the mix has fallen" in await notify.line()
        code, _, said = await notify.end(sign)
    assert code == 128 + sign
    assert "this threshold alerts on 100 % of readings so far" in said


@pytest.mark.parametrize("sign", slow_after_first(signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
async def test_a_signal_to_the_scripts_that_read_a_stream_ends_all_of_their_stages(
    env: dict[str, str], sign: int
) -> None:
    env = env | {"RAREBIRD_NAME": f"stream {sign}", "RAREBIRD_UNUSUAL": "0.05:0.055"}
    async with job("rarebird", "simulate", "--serve", "127.0.0.1:0", "--rate", "30", env=env) as server:
        url = (await server.said("serving ")).split()[1]
        async with (
            job(str(PIPELINES / "1-stream-ingest.sh"), url, "--preset", "meetup", env=env) as first,
            job(str(PIPELINES / "3-unusual.sh"), "stdout", url, "--preset", "meetup", env=env) as third,
        ):
            assert "Unusual" in await third.line()
            await kept_by(env)
            # They end when the last of their stages has let go of standard error.
            ends = [await each.end(sign) for each in (third, first)]
    assert [code for code, _, _ in ends] == [128 + sign] * 2
    assert "this threshold alerts on" in ends[0][2]
    assert "the input was cut off before its end mark" in ends[1][2]
    assert "Traceback" not in ends[0][2] + ends[1][2]
    kept = [await status(env, part(env["RAREBIRD_NAME"])) for part in (gaps_of, distribution_of)]
    assert all(each["kept"] > 0 and not each["ended"] for each in kept)


async def test_a_failing_stage_fails_its_pipeline(recording: str, env: dict[str, str]) -> None:
    nowhere = env | {"RAREBIRD_STORE": "redis://127.0.0.1:1/0"}
    code, _, err = await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=nowhere)
    assert code == 1
    assert "failed:" in err
    assert (await script("1-stream-ingest.sh", "nothing.jsonl", env=env))[0] == 2
    assert (await script("2-notify.sh", "stdout", env=nowhere))[0] == 1
    assert (await script("2-notify.sh", env=env))[0] == 1
    assert (await script("3-unusual.sh", "stdout", recording, env=nowhere))[0] == 1


async def test_redis_drops_a_stream_a_day_after_its_last_event(recording: str, env: dict[str, str]) -> None:
    from redis.asyncio import Redis

    await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
    client: Redis = Redis.from_url(env["RAREBIRD_STORE"], protocol=2)
    keys = [key async for key in client.scan_iter() if quote(env["RAREBIRD_NAME"]).encode() in key]
    left = [await client.ttl(key) for key in keys]
    await client.aclose()
    assert len(keys) > 10
    assert all(86_000 < seconds <= 86_400 for seconds in left)


async def test_slack_gets_every_notice_once_it_takes_them_and_its_address_stands_nowhere(
    recording: str, env: dict[str, str], tmp_path: Path
) -> None:
    lines = ["One of CA.", "<!channel>", *(f"Number {number}." for number in range(12))]
    events = "".join(json.dumps({"time": "2020-01-01T00:00:00Z", "text": text}) + "\n" for text in lines)
    (tmp_path / "lines").write_text(events)
    async with slack((429, {"Retry-After": "1"}), 500, "reset") as double:
        (tmp_path / "url").write_text(double.url + "\n")
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL_FILE": str(tmp_path / "url")}
        code, out, err = await shell(f"rarebird pipe push slack < {tmp_path / 'lines'}", secret)
    assert (code, out) == (0, "")
    texts = [line.partition(": ")[2] for line in double.texts]
    assert [text.removeprefix(REPEAT) for text in texts] == ["One of CA.", "&lt;!channel&gt;", *lines[2:]]
    assert len(double.posted) == 2
    assert [text.startswith(REPEAT) for text in texts] == [True] * 10 + [False] * 4, "what may be a repeat says so"
    assert all(told in err for told in ("(429)", "answered 500", "could not be reached", "takes messages again"))
    assert SECRET not in err


@pytest.mark.slow
async def test_a_webhook_that_is_gone_is_waited_for(recording: str, env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "lines").write_text('{"time":"2020-01-01","text":"One."}\n')
    async with slack(404) as double:
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL": double.url}
        code, out, err = await shell(f"rarebird pipe push slack < {tmp_path / 'lines'}", secret)
        assert (code, out, len(double.posted)) == (0, "", 1)
        assert "Slack answered 404" in err
    async with slack(404) as double:
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL": double.url}
        watch = f"rarebird watch {recording} --preset meetup --no-web --no-store --notify-past --unusual 0.05:0.055"
        code, out, said = await shell(f"{watch} --notify slack --notify stdout", secret)
    assert out.count("Unusual:") > 200
    assert code == ("no store holds them" in said), (
        "what was not sent within the last half minute is lost without a store"
    )
    assert "Slack answered 404" in said
    assert double.posted
    assert SECRET not in err + out + said


async def test_a_watch_tells_slack_what_it_tells_standard_output(recording: str, env: dict[str, str]) -> None:
    watch = f"rarebird watch {recording} --preset meetup --no-web --no-store --unusual 0.004:0.005"
    async with slack(500) as double:
        secret = env | {"RAREBIRD_SLACK_WEBHOOK_URL": double.url}
        code, out, said = await shell(f"{watch} --notify-past --notify slack --notify stdout", secret)
    assert code == 0
    texts = [line.partition("  ")[2] for line in out.splitlines()]
    assert texts
    sent = [line.partition(": ")[2] for line in double.texts]
    assert sent == [REPEAT + texts[0], *texts[1:]], "what may be a repeat says so"
    assert "Slack takes messages again" in said
    assert SECRET not in out + said


async def test_what_a_pipeline_keeps_can_be_asked_for_and_is_not_taken_for_a_watch(
    recording: str, env: dict[str, str]
) -> None:
    await script("1-stream-ingest.sh", recording, "--preset", "meetup", env=env)
    where = f"--store {env['RAREBIRD_STORE']} --name '{distribution_of(env['RAREBIRD_NAME'])}'"
    code, out, _ = await shell(f"rarebird status {where} --json", env)
    assert (code, json.loads(out)["kept"]) == (0, plain_count(Path(recording).read_bytes())["kept"])
    code, _, err = await shell(f"rarebird watch {recording} --preset meetup --no-web {where}", env)
    assert code == 1
    assert "this is what `rarebird pipe` keeps of a stream, and no watch" in err
