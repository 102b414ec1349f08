"""The messages that the docs show are those that arrive."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notify.told import CHANGES, written

DOCS = (Path(__file__).parents[2] / "docs" / "slack.md").read_text()


@pytest.mark.parametrize("kind", [*CHANGES, pytest.param("event", marks=pytest.mark.slow)])
def test_the_docs_show_the_message_of_each_kind_as_it_arrives(kind: str) -> None:
    (shown,) = re.findall(rf"\n### [^\n]*: {kind}\n.*?```text\n(.*?)\n```", DOCS, re.DOTALL)
    assert shown == written(kind)
