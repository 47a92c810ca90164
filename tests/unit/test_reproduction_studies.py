"""Studies of the report: which learners are compared, on what, and how it is shown."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.jobs import JobResult
from neuralcrn.learning import begin_training, continue_training, plan
from neuralcrn.studies.reproduction.experiments import NRMSE
from neuralcrn.studies.reproduction.in_silico_discovery import discovery_jobs, show_discovery
from neuralcrn.studies.reproduction.in_silico_dynamics import bistable_rows, show_bistable
from neuralcrn.studies.reproduction.real_data import BASELINES, DATASETS, RealDataRow, compare, contenders
from neuralcrn.studies.reproduction.series import TIME_SERIES, _ridge_score, show_series
from neuralcrn.studies.reproduction.studies import (
    GRADIENTS,
    GROWTH,
    REAL_DATA,
    STUDIES,
    show_study,
    study_jobs,
)
from neuralcrn.tasks import make_task


def test_learners_are_compared_on_the_same_folds() -> None:
    chemistry, electronics = (compare("iris", name, folds=3, seed=1) for name in ("linear", "linear model"))
    assert len(chemistry.scores) == len(electronics.scores) == 3
    assert 0.6 < chemistry.mean < electronics.mean
    assert chemistry.doses == 20 * 100
    assert (electronics.rule, electronics.species, electronics.doses) == ("", 0, 0)
    regression = compare("diabetes", "linear", folds=1)
    assert 0.2 < regression.mean < 0.6
    assert regression.deviation == 0.0


def test_comparisons_name_what_is_unknown() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'digits'"):
        compare("digit", "linear")
    with pytest.raises(UnknownNameError, match="unknown learner"):
        compare("digits", "forest")
    with pytest.raises(InvalidValueError, match="folds = 0"):
        compare("digits", "linear", folds=0)


@pytest.mark.parametrize("quick", [True, False])
def test_every_data_set_is_learned_by_chemistry_and_by_electronics(quick: bool) -> None:
    pairs = {(dataset, learner) for dataset, learner, _ in contenders(quick)}
    assert {(name, learner) for name in DATASETS for learner in ("linear", *BASELINES)} <= pairs
    assert {("wine", "quadratic", mode) for mode in ("exact", "first-order")} <= set(contenders(quick))


@pytest.mark.parametrize("quick", [True, False])
def test_jobs_of_studies_have_names_of_their_own(quick: bool) -> None:
    names = [job.name for study in STUDIES for job in study_jobs(study, quick)]
    assert len(set(names)) == len(names)
    assert not any(" " in name or "/" in name for name in names)


def test_real_data_are_shown_with_the_deviation_over_folds_and_sizes_of_chemistry_alone() -> None:
    jobs = study_jobs(REAL_DATA, quick=True)
    row = RealDataRow(
        dataset="iris", learner="linear", rule="exact", scores=(0.5, 1.0), seconds=1.25, species=1_234,
        reactions=9, max_order=2, doses=10,
    )  # fmt: skip
    single = RealDataRow(dataset="iris", learner="MLP", rule="", scores=(0.5,), seconds=0.5)
    rows = [row, *[single] * (len(jobs) - 1)]
    results = {job.name: JobResult(asdict(r), 0.0) for job, r in zip(jobs, rows, strict=True)}
    study = show_study(REAL_DATA, True, results)
    assert study is not None
    assert study.timed
    assert study.cells[0] == ("iris", "linear", "exact", "0.750 ± 0.354", "1,234", "9", "10", "1.25")
    assert study.cells[1] == ("iris", "MLP", "", "0.500", "", "", "", "0.50")
    assert {len(cells) for cells in study.cells} == {len(study.columns)}


@pytest.mark.parametrize("name", [GRADIENTS, GROWTH])
def test_computed_studies_are_shown_as_a_table_and_a_picture(name: str) -> None:
    small = {GRADIENTS: (2, (0.1, 0.2), (0,)), GROWTH: ("staged", (1, 100, 200), 1)}[name]
    (job, *_) = study_jobs(name, quick=True)
    rows = [asdict(row) for row in job.work(*small)]
    study = show_study(name, True, {j.name: JobResult(rows, 0.0) for j in study_jobs(name, quick=True)})
    assert study is not None
    assert study.timed is (name == GROWTH)
    assert study.picture
    assert {len(cells) for cells in study.cells} == {len(study.columns)}


def test_a_readout_learned_by_the_chemistry_is_ridge_regression_on_the_same_states() -> None:
    progress = begin_training(
        plan("narma-2", "switches", hidden=4), make_task("narma-2", train=300, validation=200), threads=1
    )
    start = progress.state.pot
    *_, progress = continue_training(progress, optimise=False)
    nrmse = progress.metrics[-1].nrmse
    assert nrmse is not None
    assert nrmse < 0.8
    assert _ridge_score(progress, start, NRMSE) == pytest.approx(nrmse, rel=0.01)


def test_time_series_are_shown_as_medians_of_their_group() -> None:
    rows = [job.name.rpartition("-")[0] for job in study_jobs(TIME_SERIES, quick=True)]
    tasks = ("narma-2", "narma-10", "mackey-glass", "memory-capacity", "logistic-chaos")
    study = show_series([dict.fromkeys(tasks, (float(k), 0.5)) for k in range(len(rows))])
    assert [row[0] for row in study.cells[:-1]] == rows[:-1]
    assert [row[1] for row in study.cells] == [f"{k:.3f} / 0.500" for k in range(len(rows))]


def test_discovery_is_counted_by_method() -> None:
    assert len(discovery_jobs("1")(True)) == 4
    rows = [
        {
            "method": "regression",
            "seed": 0,
            "exact": True,
            "rate_error": 0.02,
            "held_out": 0.9,
            "seconds": 1.0,
        },
        {
            "method": "regression",
            "seed": 1,
            "exact": True,
            "rate_error": 0.07,
            "held_out": 1.1,
            "seconds": 3.0,
        },
        {"method": "crnn", "seed": 0, "exact": False, "rate_error": None, "held_out": 4.0, "seconds": 9.0},
        {"method": "crnn", "seed": 1, "exact": True, "rate_error": 0.01, "held_out": 2.0, "seconds": 9.0},
    ]
    study = show_discovery("1")(rows)
    assert study.cells == (
        ("regression", "2 of 2", "1 of 2", "0.07", "1.000", "2.0"),
        ("crnn", "1 of 2", "1 of 2", "0.01", "3.000", "9.0"),
    )
    assert study.timed


def test_dynamics_are_compared_with_their_equations() -> None:
    rows = bistable_rows(4)
    assert [row.quantity for row in rows] == ["attractor"] * 4
    assert all(abs(row.simulated - row.exact) < 0.02 for row in rows)
    halved = zip(rows[:2], rows[2:], strict=True)
    assert all(abs(slow.simulated - fast.simulated) < 1e-3 for slow, fast in halved)
    study = show_bistable([[asdict(row) for row in rows]])
    assert len(study.cells) == 4
    assert all(len(cells) == len(study.columns) for cells in study.cells)
