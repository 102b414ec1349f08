"""docs/homework.md in a real shell on a real Redis: its lines run, and the page shows what is found."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from rarebird.model import instant
from rarebird.model.incident import Incident
from rarebird.pipe.insert import incidents_of
from tests.cli.shell import PIPELINES, ROOT, job, shell
from tests.notify.double import slack
from tests.pipe.lines import messages
from tests.pipe.test_stored import told, world

pytestmark = pytest.mark.anyio
PAGE = (ROOT / "docs" / "homework.md").read_text(encoding="utf-8")
OURS = re.findall(r"^\| `python.*? \| (.*?) \|$", PAGE.replace(r"\|", "\0"), re.MULTILINE)
REPEATED = "(perhaps sent before)"
FIELDS = "--time t --by k"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Five hours with a surge of the rarest category and a silence."""
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(messages(world())) + "\n")
    return path


async def incidents(env: dict[str, str], name: str) -> list[Incident]:
    code, out, err = await shell(f"rarebird incidents --json --name {shlex.quote(name)}", env)
    assert code == 0, err
    return msgspec.json.decode(out, type=list[Incident])


def lines() -> list[str]:
    """Each line of ours that stands beside one of the homework, as a shell takes it."""
    found = [code.replace("\0", "|") for cell in OURS for code in re.findall(r"`([^`]+)`", cell)]
    return [line for line in found if line.startswith("rarebird pipe")]


def test_each_line_of_the_homework_has_one_here() -> None:
    assert len(OURS) == 5
    assert len(lines()) == 4


@pytest.mark.parametrize("line", lines())
async def test_each_line_of_ours_runs(line: str, env: dict[str, str], events: Path) -> None:
    source = f"{events} {FIELDS}"
    await shell(f"{PIPELINES / '1-stream-ingest.sh'} {source}", env)
    runs = line.replace("SOURCE", source).replace("push slack", "push stdout").replace(" --preset meetup", "")
    code, _, err = await shell(f"set -o pipefail; {runs}", env)
    assert code == 0, err
    assert "Traceback" not in err


async def test_the_homework_tells_slack_at_the_address_of_its_file_and_the_page_shows_it(
    env: dict[str, str], events: Path, tmp_path: Path
) -> None:
    env = env | {"RAREBIRD_DETECT": "--notify-past", "RAREBIRD_POLL": ""}
    name = env["RAREBIRD_NAME"]
    async with (
        slack() as double,
        job("rarebird", "api", "--store", env["RAREBIRD_STORE"], "--name", name, "--port", "0", env=env) as early,
    ):
        (tmp_path / "CONFIG_SLACK.py").write_text(f"url = '{double.url}'\n")
        (tmp_path / "CONFIG_SLACK.py").chmod(0o600)
        keep = env | {"RAREBIRD_KEEP": "6h"}
        code, _, err = await shell(f"{PIPELINES / '1-stream-ingest.sh'} {events} {FIELDS}", keep)
        assert code == 0, err
        code, _, err = await shell(f"cd {tmp_path} && {PIPELINES / 'notifysystem.sh'}", env)
        assert code == 0, err
        assert "Slack is written to at the address in CONFIG_SLACK.py" in err
        assert double.url not in err
        assert any("back to what is expected" in text for text in double.texts)
        await early.end(2)
        async with job("rarebird", "api", "--name", name, "--port", "0", env=env) as api:
            site = (await api.said("the page is at ")).partition("at ")[2].strip().removesuffix("/vis")
            async with aiohttp.ClientSession() as session, session.get(f"{site}/incidents") as answer:
                shown: Any = await answer.json()
    found = await incidents(env, incidents_of(name))
    assert len(found) >= 2
    assert [each["id"] for each in shown] == [each.id for each in found]
    watch = f"rarebird watch {events} {FIELDS} --no-web --name {name}-alone --store sqlite:///{tmp_path / 'w.db'}"
    await shell(f"{watch} --lateness 0s", env)
    alone = env | {"RAREBIRD_STORE": f"sqlite:///{tmp_path / 'w.db'}"}
    assert told(await incidents(alone, f"{name}-alone")) == told(found)


@pytest.mark.slow
async def test_killed_between_commits_it_tells_nothing_twice(env: dict[str, str], events: Path) -> None:
    keep = env | {"RAREBIRD_KEEP": "6h"}
    await shell(f"{PIPELINES / '1-stream-ingest.sh'} {events} {FIELDS}", keep)
    detect = ["rarebird", "pipe", "detect", "--store", env["RAREBIRD_STORE"], "--notify", "stdout", "--notify-past"]
    out: list[str] = []
    for _ in range(3):
        async with job(*detect, env=env) as running:
            # It is on its way: this line was handed over, and perhaps not yet noted as sent.
            out.append(await running.line())
            running.strike()
            out += (await running.end())[1].splitlines()
    code, last, err = await shell(" ".join(detect), env)
    assert code == 0, err
    out += last.splitlines()
    found = await incidents(env, incidents_of(env["RAREBIRD_NAME"]))
    assert len(found) >= 2
    once = [line.strip() for line in out if line.strip() and REPEATED not in line]
    assert len(set(once)) == len(once)
    for each in found:
        assert sum(f"{instant.text(each.detected)[:19]}" in line for line in once) <= 2
