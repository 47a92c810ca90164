"""Study of published fits: what counts as reached, and the folder of the collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralcrn.errors import InvalidValueError
from neuralcrn.studies.reproduction.petab_benchmarks import (
    BENCHMARKS,
    COLLECTION,
    Outcome,
    find_collection,
    petab_jobs,
    show_petab,
)
from neuralcrn.studies.reproduction.plan import make_plan


def outcome(start: int, value: float) -> dict[str, object]:
    made = Outcome(BENCHMARKS[4].name, start, value, 13, 77)
    return {name: getattr(made, name) for name in Outcome.__slots__}


def test_starts_within_one_percent_or_below_are_counted() -> None:
    results = [outcome(0, -46.7), outcome(1, -46.3), outcome(2, -46.2), outcome(3, -60.0), outcome(4, 354.0)]
    (row,) = show_petab(results).cells
    assert row == ("Bruno_JExpBot2016", "13", "77", "-46.69", "-46.70", "-60.00", "2 of 4")


def test_without_a_collection_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COLLECTION, raising=False)
    assert find_collection() is None
    assert petab_jobs(True) == ()
    assert "petab-benchmarks" in make_plan(["in-silico"], seeds=1, quick=True).parts
    assert "petab-benchmarks" not in make_plan([], seeds=1, quick=True).parts


def test_a_folder_that_is_no_clone_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(COLLECTION, str(tmp_path))
    with pytest.raises(InvalidValueError, match="no clone of the collection"):
        find_collection()
    (tmp_path / "Benchmark-Models" / BENCHMARKS[0].name).mkdir(parents=True)
    assert find_collection() == tmp_path / "Benchmark-Models"
