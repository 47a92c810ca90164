"""What every command shows beside its results."""

from __future__ import annotations

import os
import warnings

import pytest
from rich.console import Console

from neuralcrn.cli import bars
from neuralcrn.cli.output import shown_warnings
from neuralcrn.errors import NeuralCRNWarning


def test_warnings_are_one_line_and_shown_once_without_a_place_in_the_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_warnings():
        for _ in range(2):
            warnings.warn("A was rounded", NeuralCRNWarning, stacklevel=1)
    assert capsys.readouterr().err == "neuralcrn: warning: A was rounded\n"


def test_warnings_of_others_are_left_as_they_were() -> None:
    with shown_warnings(), pytest.raises(RuntimeWarning, match="overflow"):
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)


@pytest.mark.parametrize(
    ("wanted", "jobs", "expected", "said"),
    [
        (None, 100, 3, ""),
        (None, 2, 2, ""),
        (None, 0, 1, ""),
        (2, 100, 2, ""),
        (64, 100, 3, "--jobs 64: 3, one for each core\n"),
        (64, 2, 2, "--jobs 64: 2, one for each job\n"),
    ],
)
def test_processes_are_bounded_by_cores_and_jobs_and_that_is_said_once(
    wanted: int | None,
    jobs: int,
    expected: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 5}, raising=False)
    monkeypatch.setattr(bars, "console", Console(stderr=True, highlight=False))
    assert bars.processes(wanted, jobs) == expected
    assert capsys.readouterr().err == said
