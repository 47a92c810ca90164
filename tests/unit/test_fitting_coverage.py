"""The study of confidence intervals: its data are those of the true network, and its table counts."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from neuralcrn.fitting import Objective
from neuralcrn.studies.reproduction.in_silico_fitting import (
    CoverageRow,
    coverage_jobs,
    coverage_problem,
    measure_coverage,
    show_coverage,
)


def test_residuals_at_the_true_values_are_the_noise() -> None:
    for noise in ("normal", "log-normal", "laplace"):
        problem = coverage_problem(noise, 3)
        objective = Objective.of(problem)
        truth = {"k1": 0.1, "k2": 0.2, "k3": 0.13, "k4": 0.3, "scale": 2.0}
        point = np.log10([truth.get(p.name, 0.05) for p in problem.estimated])
        residuals = objective.at(point).residuals
        rng = np.random.default_rng([3, ("normal", "log-normal", "laplace").index(noise)])
        drawn = [float(rng.laplace() if noise == "laplace" else rng.standard_normal()) for _ in residuals]
        np.testing.assert_allclose(residuals, drawn, atol=1e-3)


def test_a_repeat_has_small_errors() -> None:
    (row,) = measure_coverage("log-normal", 0, 1)
    assert np.abs(row.errors).max() < 0.05
    assert row.profiled is None


def test_the_table_counts_covered_repeats() -> None:
    yes, no = (True,) * 5, (False,) * 5
    rows = {
        "normal": [CoverageRow("normal", 0, yes, (0.1,) * 5), CoverageRow("normal", 1, no, (0.3,) * 5)],
        "log-normal": [CoverageRow("log-normal", 0, yes, (0.0,) * 5)],
        "laplace": [CoverageRow("laplace", s, no, (0.0,) * 5, s == 0) for s in range(4)],
    }
    study = show_coverage([[asdict(row) for row in block] for block in rows.values()])
    assert study.cells[0] == ("normal", "k1", "0.1", "50.0%", "+20.00%", "10.00%", "2")
    assert study.cells[-1][1:4] == ("k1, profile likelihood", "0.1", "25.0%")
    assert len(coverage_jobs(quick=False)) == 30
