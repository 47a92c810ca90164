"""Requests that are generated from the schema of the lab's interface, right and wrong ones."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from tests.lab import SMALL, Served

EXAMPLES = 10
OPERATIONS = [
    ("POST", "/api/labs"),
    ("DELETE", "/api/labs/{lab}"),
    ("POST", "/api/labs/{lab}/commands"),
    ("GET", "/api/labs/{lab}/files"),
    ("GET", "/api/labs/{lab}/files/{name}"),
    ("GET", "/api/catalogue"),
    ("POST", "/api/simulations"),
]
STREAM = ("GET", "/api/labs/{lab}/events")  # does not end


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with Served(tmp_path_factory.mktemp("lab") / "runs", "--labs", "3") as server:
        yield server
        assert "Traceback" not in server.errors.read_text()


@pytest.fixture(scope="module")
def lab(served: Served) -> str:
    return served.new_lab(SMALL)


def test_every_operation_is_tried(served: Served) -> None:
    paths = served.client.get("/api/schema").json()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert known == {*OPERATIONS, STREAM}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_each_answer_is_as_the_schema_says(
    served: Served, lab: str, method: str, path: str, mode: GenerationMode
) -> None:
    document = served.client.get("/api/schema").json()
    if mode is GenerationMode.NEGATIVE and path == "/api/catalogue":
        return  # there is nothing to get wrong
    operation = schemathesis.openapi.from_dict(document)[path][method]
    statuses = set[int]()

    @settings(max_examples=EXAMPLES, suppress_health_check=[*HealthCheck], database=None)
    @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans())
    def ask(case: schemathesis.Case, own: bool) -> None:
        if own and "{lab}" in path:
            case.path_parameters = {**(case.path_parameters or {}), "lab": lab}
        case.headers.pop("Host", None)
        answer = case.call(base_url=str(served.client.base_url), timeout=60.0)
        statuses.add(answer.status_code)
        assert answer.status_code != 500, answer.text  # 503 names a limit
        case.validate_response(answer, checks=[status_code_conformance, response_schema_conformance])
        if answer.status_code >= 400:
            assert [*answer.json()] == ["error"]

    ask()
    assert statuses
