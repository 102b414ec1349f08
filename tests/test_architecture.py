"""ARCHITECTURE.md tells the truth about src/rarebird, and its files keep their measure."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "rarebird"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted(PACKAGE.rglob("*.py"))
FUNCTION_LINES = 45


def block(heading: str) -> list[str]:
    """The lines of the first code block under a heading."""
    found = re.search(rf"^## {re.escape(heading)}\n.*?^```\w*\n(.*?)^```", ARCHITECTURE, re.DOTALL | re.MULTILINE)
    assert found, f"expected a heading '## {heading}' with a code block in ARCHITECTURE.md"
    return found[1].splitlines()


def named_in_tree() -> dict[str, str]:
    """What the tree says of each path; two spaces of indent go one folder down."""
    named: dict[str, str] = {}
    folders: list[str] = []
    for line in block("The tree")[1:]:
        name, _, purpose = line.strip().partition(" ")
        depth = (len(line) - len(line.lstrip())) // 2 - 1
        path = "".join(folders[:depth]) + name
        folders[depth:] = [name] if name.endswith("/") else []
        named[path] = purpose.strip()
    return named


def parts_of_package() -> set[str]:
    """The modules and folders that a reader has to find; a folder's line speaks for its __init__.py."""
    files = {path.relative_to(PACKAGE) for path in MODULES if path.name != "__init__.py" or path.parent == PACKAGE}
    folders = {
        folder.relative_to(PACKAGE)
        for folder in PACKAGE.rglob("*/")
        if folder.name != "__pycache__" and any(item.is_file() for item in folder.iterdir())
    }
    return {path.as_posix() for path in files} | {f"{path.as_posix()}/" for path in folders}


def test_the_tree_names_every_module_and_folder() -> None:
    missing = sorted(parts_of_package() - named_in_tree().keys())
    lines = "\n".join(f"{line_of_tree(path)}  <what it holds>    (it is {path})" for path in missing)
    assert not missing, f"add to the tree in ARCHITECTURE.md:\n{lines}"


def line_of_tree(path: str) -> str:
    """How a path stands in the tree."""
    *folders, name = path.rstrip("/").split("/")
    return "  " * (len(folders) + 1) + name + "/" * path.endswith("/")


def test_the_tree_names_nothing_that_is_not_there() -> None:
    gone = [path for path in named_in_tree() if not (PACKAGE / path).exists()]
    assert not gone, f"remove from the tree in ARCHITECTURE.md, they are not in src/rarebird: {', '.join(gone)}"


def test_the_tree_says_what_each_part_holds() -> None:
    assert not [path for path, purpose in named_in_tree().items() if not purpose]


def test_every_path_that_the_architecture_names_exists() -> None:
    paths = re.findall(r"`([\w./-]+(?:/|\.(?:py|sh|md|toml|lock)))`", ARCHITECTURE)
    gone = [path for path in paths if not (PACKAGE / path).exists() and not (ROOT / path).exists()]
    assert not gone, f"ARCHITECTURE.md names what does not exist: {', '.join(gone)}"


def test_the_layers_told_are_the_layers_checked() -> None:
    told = " ".join(line.strip() for line in block("Layers"))
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    checked = " > ".join(re.sub(r"[()]", "", layer) for layer in layers)
    assert told == checked


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_function_does_one_thing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    long = {
        f"{node.name} (line {node.lineno})": length
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := lines_of(node)) > FUNCTION_LINES
    }
    assert not long, f"a function does one thing in at most {FUNCTION_LINES} lines, without its docstring"


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    docstring = ast.get_docstring(function, clean=False)
    return (function.end_lineno or 0) - function.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)


def locked(name: str) -> set[str]:
    """The packages of a lock file with their versions, as in numpy==2.4.6."""
    return set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))


def test_users_get_the_versions_that_the_tests_ran_with() -> None:
    assert locked("requirements.lock") <= locked("requirements-dev.lock") <= locked("requirements-extras.lock")


def test_every_dependency_is_locked() -> None:
    groups, extras = PYPROJECT["dependency-groups"], PYPROJECT["project"]["optional-dependencies"]
    wanted_by_extras = [each for extra in extras.values() for each in extra]
    for lock, wanted in (
        ("requirements.lock", PYPROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", PYPROJECT["project"]["dependencies"] + groups["dev"]),
        ("requirements-extras.lock", groups["dev"] + groups["extras"] + wanted_by_extras),
        ("requirements-build.lock", groups["build"]),
    ):
        names = {re.split(r"[<>=;\[ ]", each)[0].replace(".", "-") for each in wanted}
        unlocked = names - {each.partition("==")[0] for each in locked(lock)}
        assert not unlocked, f"{lock} is behind pyproject.toml: run make lock"


def test_only_one_file_of_the_commands_writes_to_the_terminal() -> None:
    # There what acts on a terminal is written out, and a full disk ends nothing.
    found = [
        path.name
        for path in sorted((PACKAGE / "cli").rglob("*.py"))
        if path.name != "output.py" and re.search(r"\bprint\(|std(out|err)\.(write|buffer)", path.read_text())
    ]
    assert found == []
