"""The command ``neuralcrn verify-rate-independence``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuralcrn.cli.main import app as commands

RELU = "I_p -> M + H_p [k = 1]\nM + I_n -> H_n [k = 1]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "relu.crn"
    path.write_text(RELU)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["verify-rate-independence", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_a_rate_independent_network_passes(file: Path) -> None:
    status, shown, _ = run(file)
    assert status == 0
    assert "rate-independent: proved by the structure" in shown.splitlines()[0]
    assert "varied amounts: I_p, I_n" in shown
    assert shown.count("passed") == 6


def test_a_competing_reaction_gives_a_witness_and_status_1(file: Path) -> None:
    file.write_text(RELU + "M -> W [k = 1]\n")
    status, shown, _ = run(file, "--json")
    verdict = json.loads(shown)
    assert status == 1
    assert not verdict["passed"]
    assert verdict["checks"][0]["found"] == "M is consumed by M + I_n -> H_n and by M -> W"
    assert {check["passed"] for check in verdict["checks"]} == {False}


def test_varied_species_are_named(file: Path) -> None:
    assert "varied amounts: I_p\n" in run(file, "--vary", "I_p", "--trials", "2")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--vary", "Z"], "the network has no species Z"),
        (["--phase", "update"], "phase"),
    ],
)
def test_wrong_requests_get_status_2(file: Path, arguments: list[str], message: str) -> None:
    status, _, error = run(file, *arguments)
    assert status == 2
    assert message in error
