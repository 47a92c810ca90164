"""Six cases of the Discrete Stochastic Models Test Suite (Evans, Gillespie and Wilkinson 2008).

The suite's statistic, doi:10.1093/bioinformatics/btm566: with n runs, at every time,
``sqrt(n) (mean - mu) / sigma`` lies within 3 and ``sqrt(n / 2) (s^2 / sigma^2 - 1)`` within 5, s^2 about
the known mean. Of a thousand right values 2.7 lie outside the first, so its user guide allows a case one
failure and asks to look again at two or three.
"""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import case_folder

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.engines import Ensemble, simulate_stochastic

RUNS = 10_000
BIRTH_DEATH = "X -> 2X [k = 0.1]\nX -> Sink [k = 0.11]\nX @initial {}"
MODELS = {
    "00001": BIRTH_DEATH.format(100).replace("Sink", "0"),
    "00004": BIRTH_DEATH.format(10).replace("Sink", "0"),
    "00007": BIRTH_DEATH.format(100),
    "00020": "0 -> X [k = 1]\nX -> 0 [k = 0.1]",
    "00030": "2P -> P2 [k = 0.0005]\nP2 -> 2P [k = 0.01]\nP @initial 100",  # the case's law is halved
    "00037": "0 -> 5X [k = 1]\nX -> 0 [k = 0.2]",
}


def published(case: str) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the times, and the mean and standard deviation of every species."""
    path = case_folder("dsmts", "cases", case) / f"{case}-results.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = filter(None, csv.reader(stream))
    columns = dict(zip(head, np.array(rows, dtype=float).T, strict=True))
    return columns.pop("time"), columns


def failures(ensemble: Ensemble, columns: dict[str, NDArray[np.float64]]) -> tuple[int, int, int]:
    """Return how often mean and standard deviation lie outside, and how many times were compared."""
    wrong_means = wrong_deviations = compared = 0
    n = ensemble.runs
    for name in {column.split("-")[0] for column in columns}:
        mean, sigma = columns[f"{name}-mean"], columns[f"{name}-sd"]
        moving = sigma > 0.0
        assert np.all(ensemble[name][~moving] == mean[~moving])
        difference = (ensemble[name] - mean)[moving]
        spread = ensemble.deviation[:, ensemble.species.index(name)][moving]
        about_mean = (spread**2 * (n - 1) + n * difference**2) / n
        wrong_means += int((np.abs(math.sqrt(n) * difference / sigma[moving]) >= 3.0).sum())
        wrong_deviations += int(
            (np.abs(math.sqrt(n / 2) * (about_mean / sigma[moving] ** 2 - 1.0)) >= 5.0).sum()
        )
        compared += int(moving.sum())
    return wrong_means, wrong_deviations, compared


def failures_of(network: Network, case: str, method: str = "ssa") -> tuple[int, int, int]:
    times, columns = published(case)
    ensemble = simulate_stochastic(
        network, float(times[-1]), times, method=method, volume=1.0, runs=RUNS, seed=2026
    )
    return failures(ensemble, columns)


@pytest.mark.parametrize("method", ["ssa", "hybrid"])
@pytest.mark.parametrize("case", MODELS)
def test_published_moments_are_reproduced(case: str, method: str) -> None:
    wrong_means, wrong_deviations, compared = failures_of(parse_network(MODELS[case]), case, method)
    assert compared >= 50
    assert wrong_means <= 1
    assert wrong_deviations <= 1


@pytest.mark.parametrize("case", MODELS)
def test_published_models_are_read_as_they_are_meant(case: str) -> None:
    """The SBML of each case, whose laws are meant for counts, has the reactions that stand above."""
    pytest.importorskip("libsbml")
    from neuralcrn.formats import read_network

    path = case_folder("dsmts", "cases", case) / f"{case}-sbml-l3v1.xml"
    wrong_means, wrong_deviations, compared = failures_of(read_network(path, discrete=True), case)
    assert compared >= 50
    assert wrong_means <= 1
    assert wrong_deviations <= 1


@pytest.mark.parametrize(("right", "wrong"), [("0.0005", "0.00051"), ("0.01", "0.0102"), ("0.0005", "0.001")])
def test_statistic_sees_a_rate_that_is_off(right: str, wrong: str) -> None:
    """By two parts in a hundred, or by the factor two of the other convention."""
    wrong_means, _, _ = failures_of(parse_network(MODELS["00030"].replace(right, wrong)), "00030")
    assert wrong_means > 10
