"""``neuralcrn reproduce`` in processes of its own: a report, an interruption, refusals."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from tests.cases import PATIENCE, command_line, refused, started


def test_a_report_of_named_experiments(tmp_path: Path) -> None:
    arguments = ("reproduce", "sin-square", "--seeds", "2", "--jobs", "1", "--json")
    data = json.loads(command_line(*arguments, cwd=tmp_path).stdout)
    (row,) = data["experiments"]
    assert (row["name"], row["published"], row["max_order"], row["failures"]) == ("sin-square", 0.075, 2, [])
    assert row["doses"] == 50 * 50
    assert row["median"] == pytest.approx(sum(row["values"]) / 2)
    assert row["met"] is (row["median"] <= row["published"])
    assert data["command"] == "neuralcrn reproduce sin-square --seeds 2"
    page = (tmp_path / "reproduction" / "report.html").read_text()
    assert "sin-square, first-order" in page
    assert f"{row['median']:.3f}" in (tmp_path / "reproduction" / "report.md").read_text()


def test_the_list_names_everything_that_can_be_asked_for(tmp_path: Path) -> None:
    from neuralcrn.studies.reproduction.plan import PARTS
    from neuralcrn.studies.reproduction.trainings import EXPERIMENTS

    text = command_line("reproduce", "--list", cwd=tmp_path).stdout
    assert all(name in text for name in (*PARTS, *(e.name for e in EXPERIMENTS)))


def test_an_interruption_ends_at_once_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    names = ("linear-regression", "xor-smooth-relu")
    results = tmp_path / "reproduction" / "results"
    with started("reproduce", *names, "--seeds", "4", "--jobs", "1", cwd=tmp_path) as process:
        while process.poll() is None and not list(results.glob("linear-regression-*.json")):
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "the same command goes on" in message
    assert "Traceback" not in message
    assert not (tmp_path / "reproduction" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("xor-cubik",), "did you mean 'xor-cubic'"),
        (("xor-cubic", "--seeds", "0"), "seeds = 0"),
        (("xor-cubic", "--seeds", "1001"), "seeds = 1001"),
        (("xor-cubic", "--out", "taken/report"), "taken/report"),
    ],
)
def test_what_is_refused_before_any_work(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    message = refused("reproduce", *arguments, cwd=tmp_path)
    assert said in message
    assert not (tmp_path / "reproduction").exists()
