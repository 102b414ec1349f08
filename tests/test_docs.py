"""What README.md shows works: its Python runs, its commands and their options exist."""

from __future__ import annotations

import doctest
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROUPS = ("pipe",)
"""Commands that have commands of their own."""
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of README.md in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def commands(program: str) -> list[str]:
    """Every command line of README.md that calls a program, those broken over several lines made whole."""
    lines = "\n".join(blocks("sh") + blocks("text") + re.findall(r"`([^`\n]+)`", README))
    whole = re.sub(r"\\?\n +", " ", lines)
    parts = [
        part.partition("#")[0].strip() for line in whole.splitlines() for part in re.split(r" \| (?=rarebird )", line)
    ]
    return [part for part in parts if part.startswith(f"{program} ")]


@functools.lru_cache
def help_of(*command: str) -> str:
    """What the command line says of itself."""
    rarebird = Path(sys.executable).with_name("rarebird")
    shown = subprocess.run([rarebird, *command, "--help"], capture_output=True, text=True, timeout=60, check=True)
    return shown.stdout


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code: str) -> None:
    if ">>>" not in code:
        exec(compile(code, "README.md", "exec"), {})
        return
    example = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", 0)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=told.append)
    assert not told, "".join(told)


@pytest.mark.parametrize("line", commands("make"), ids=str)
def test_a_make_target_of_the_readme_exists(line: str) -> None:
    target = line.split()[1]
    assert re.search(rf"^{re.escape(target)}:.*##", MAKEFILE, re.MULTILINE), f"the Makefile has no target {target}"


@pytest.mark.parametrize("line", commands("rarebird"), ids=lambda line: line.split()[1])
def test_a_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = line.split()[1:]
    command = words[: 2 if words[0] in GROUPS else 1]
    for depth, word in enumerate(command):
        assert re.search(rf"\b{word}\b", help_of(*command[:depth])), f"no --help names {' '.join(command)}"
    options = help_of(*command)
    unknown = [option for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line) if option not in options]
    assert not unknown, f"rarebird {' '.join(command)} --help does not name {', '.join(unknown)}"


def test_every_local_link_of_the_docs_leads_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    targets = re.findall(r"^([a-z-]+):(.*)$", MAKEFILE, re.MULTILINE)
    assert targets
    assert not [name for name, rest in targets if "##" not in rest]


def test_the_api_list_of_the_readme_is_the_api() -> None:
    from rarebird.web.openapi import OPERATIONS

    told = set(re.findall(r"^\| `GET (/[\w.]*)", README, re.MULTILINE))
    assert told == {path for path in OPERATIONS if path != "/" and "{" not in path}
