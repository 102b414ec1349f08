"""What is published of rarebird: its links lead somewhere, and its source holds what its tests need."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from rarebird.source.live import AGENT


def hatchling(root: Path, *words: str) -> str:
    """What the build backend says."""
    command = [sys.executable, "-m", "hatchling", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def metadata(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hatchling(root, "metadata"))
    return found


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling(root, "build", "--target", "sdist", "--directory", str(folder))
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_every_address_of_the_project_is_the_one_that_it_gives_to_servers(metadata: dict[str, Any]) -> None:
    (address,) = re.findall(r"\+(https://[^)]+)", AGENT)
    assert metadata["urls"]["Source"] == address
    assert all(url.startswith(address) for url in metadata["urls"].values())


def test_where_only_the_readme_is_shown_its_links_and_its_picture_are_absolute_and_there(
    metadata: dict[str, Any], root: Path
) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    shown, source = metadata["readme"]["text"], metadata["urls"]["Source"]
    targets = re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", shown)
    assert len(targets) == len(re.findall(r"\]\(", readme)) > 10
    own = [(mark, target) for mark, target in targets if target.startswith(source)]
    assert all(target.startswith(("https://", "#")) for _, target in targets)
    for mark, target in own:
        place = f"{source}/{'raw' if mark else 'blob'}/main/"
        assert target.startswith(place)
        assert (root / target.removeprefix(place)).exists(), target
    assert any(mark for mark, _ in own)


def test_it_says_on_what_it_runs(metadata: dict[str, Any]) -> None:
    systems = [each for each in metadata["classifiers"] if each.startswith("Operating System")]
    assert systems == ["Operating System :: POSIX"]


def test_the_source_holds_what_its_tests_need(source: set[str], root: Path) -> None:
    wanted = {"Makefile", "README.md", "LICENSE", "pyproject.toml", "tools/environment.sh", ".ci/run"}
    wanted |= {path.name for path in root.glob("requirements*.lock")}
    for folder in ("src", "tests", "benchmarks", "docs", "pipelines"):
        files = (path for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        wanted |= {path.relative_to(root).as_posix() for path in files}
    assert len(wanted) > 500
    assert sorted(wanted - source) == []
    assert not [name for name in source if "venv" in name or "__pycache__" in name]
