"""Trials of a sweep that can be simulated together are computed one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from neuralcrn.jobs import Job, Processes
from neuralcrn.studies.robustness import make_sweep, run_sweep


def test_trials_of_one_kind_are_computed_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[Any] = []

    def note(jobs: Sequence[Job], *_: Any) -> None:
        kinds.extend(job.kind for job in jobs)
        raise InterruptedError

    monkeypatch.setattr("neuralcrn.studies.robustness.running.collect", note)
    chosen = {"rates": (0.1, 0.2), "doses": (0.1,), "leaks": (0.1,)}
    with pytest.raises(InterruptedError):
        run_sweep(make_sweep("bilinear", "quadratic", strengths=chosen, seeds=2), tmp_path, Processes(1))
    assert len(kinds) == 2 * 5
    runs = [kind for kind, _ in itertools.groupby(kinds)]
    assert len(runs) == len(set(runs)) == 3  # nothing and doses, rates, leaks
