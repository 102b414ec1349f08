from __future__ import annotations

import json
import re

from rarebird.web.app import app
from rarebird.web.openapi import document
from tests.web.view_double import FakeView


def test_every_path_of_the_app_is_in_the_document_and_the_other_way_round() -> None:
    paths = {f"{getattr(route, 'path', '')}" for route in app(FakeView()).routes}
    described = {path.removesuffix("/{path}") for path in document("x")["paths"]}
    assert paths == described


def test_every_reference_leads_somewhere() -> None:
    whole = document("x")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(whole)))
    assert names <= set(whole["components"]["schemas"])
    assert {"Shown", "Rate", "Fault", "EntropyAnswer"} <= names


def test_every_parameter_has_an_example_and_operations_have_distinct_names() -> None:
    operations = [one["get"] for one in document("x")["paths"].values()]
    assert all(parameter["example"] for one in operations for parameter in one["parameters"])
    assert len({one["operationId"] for one in operations}) == len(operations)
