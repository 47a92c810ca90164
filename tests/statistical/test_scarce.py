"""Means and variances where species are scarce: closed forms, master equations, exact runs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm

from neuralcrn.chemistry import parse_network
from neuralcrn.engines import Ensemble, simulate_stochastic
from neuralcrn.errors import NeuralCRNWarning

APPROXIMATE = ("tau", "langevin", "hybrid")
METHODS = ("ssa", *APPROXIMATE)
TIMES = np.array([0.05, 0.3, 1.0, 4.0])
ENZYME = parse_network(
    "E + S -> ES [k = 0.01]\nES -> E + S [k = 100]\nES -> E + P [k = 1000]\nE @initial 100\nS @initial 1000"
)
SIGMAS = 4.5


def simulated(text: str, method: str, *, runs: int = 4000, times: NDArray[np.float64] = TIMES) -> Ensemble:
    return simulate_stochastic(
        parse_network(text), float(times[-1]), times, method=method, volume=1.0, runs=runs, seed=8
    )


def assert_moments(ensemble: Ensemble, name: str, mean: object, variance: object) -> None:
    """Assert mean and variance up to what so many runs of about a Poisson law scatter."""
    place = ensemble.species.index(name)
    expected, spread = np.asarray(mean), np.asarray(variance)
    error = np.sqrt(spread / ensemble.runs)
    np.testing.assert_array_less(np.abs(ensemble.mean[:, place] - expected), SIGMAS * error)
    ratio = ensemble.deviation[:, place] ** 2 / spread
    scatter = np.sqrt((2.0 + 1.0 / spread) / ensemble.runs)
    np.testing.assert_array_less(np.abs(ratio - 1.0), 1.5 * SIGMAS * scatter)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("births", [0.5, 3.0, 10.0, 60.0])
def test_births_and_deaths_from_nothing_are_poisson(method: str, births: float) -> None:
    """The mean of (10, 1) at time 1 is 6.32."""
    ensemble = simulated(f"0 -> A [k = {births}]\nA -> 0 [k = 1]", method)
    mean = births * (1.0 - np.exp(-TIMES))
    assert_moments(ensemble, "A", mean, mean)


@pytest.mark.parametrize("method", METHODS)
def test_bursts_have_their_moments(method: str) -> None:
    """0 -> 5 A at rate 1, A -> 0 at rate 1: cumulants are those of a shot noise."""
    times = np.array([0.5, 1.0, 4.0])
    ensemble = simulated("0 -> 5A [k = 1]\nA -> 0 [k = 1]", method, times=times)
    mean = 5.0 * (1.0 - np.exp(-times))
    assert_moments(ensemble, "A", mean, mean + 10.0 * (1.0 - np.exp(-2.0 * times)))


@pytest.mark.parametrize("method", METHODS)
def test_a_gene_that_is_on_or_off_makes_bursts_of_its_product(method: str) -> None:
    """At rest its variance is the mean 50 and 100^2 p (1 - p) / (1 + 2) (Peccoud and Ycart 1995)."""
    ensemble = simulated(
        "G <-> H [kf = 1, kr = 1]\nG -> G + M [k = 100]\nM -> 0 [k = 1]\nG @initial 1\nM @initial 50",
        method,
        times=np.array([8.0]),
    )
    assert_moments(ensemble, "G", [0.5], [0.25])
    assert_moments(ensemble, "M", [50.0], [50.0 + 100.0**2 * 0.25 / 3.0])


def master_equation(
    change: int, rates: list[tuple[NDArray[np.float64], int]], start: int, times: NDArray[np.float64]
) -> Iterator[tuple[float, float]]:
    """Yield mean and variance at each time; each rate, per count, comes with what it adds to the count."""
    size = len(rates[0][0])
    generator = np.zeros((size, size))
    for rate, step in rates:
        for n in range(size):
            if rate[n] and 0 <= n + change * step < size:
                generator[n + change * step, n] += rate[n]
                generator[n, n] -= rate[n]
    counts = np.arange(size)
    for time in times:
        law = expm(generator * time)[:, start]
        yield float(law @ counts), float(law @ counts**2 - (law @ counts) ** 2)


@pytest.mark.parametrize("method", METHODS)
def test_few_dimerise_as_the_master_equation_says(method: str) -> None:
    """2 A <-> B from 12 A: the state is how many of B there are."""
    b = np.arange(7.0)
    a = 12.0 - 2.0 * b
    laws = list(master_equation(1, [(0.1 * a * (a - 1.0), 1), (b, -1)], 0, TIMES))
    ensemble = simulated("2A -> B [k = 0.1]\nB -> 2A [k = 1]\nA @initial 12", method)
    assert_moments(ensemble, "B", *np.transpose(laws))


@pytest.mark.parametrize("method", METHODS)
def test_few_in_a_cubic_network_follow_the_master_equation(method: str) -> None:
    n = np.arange(60.0)
    pairs, triples = n * (n - 1.0), n * (n - 1.0) * (n - 2.0)
    laws = list(master_equation(1, [(5.0 + 0.2 * pairs, 1), (3.0 * n + 0.01 * triples, -1)], 3, TIMES))
    text = "3A -> 2A [k = 0.01]\n2A -> 3A [k = 0.2]\n0 -> A [k = 5]\nA -> 0 [k = 3]\nA @initial 3"
    assert_moments(simulated(text, method), "A", *np.transpose(laws))


@pytest.mark.parametrize("method", APPROXIMATE)
def test_a_scarce_intermediate_does_not_drive_what_it_carries(method: str) -> None:
    """About one ES at a time carries a thousand S; 66.0 of S are left by concentrations at time 3."""
    options = {"times": [0.5, 3.0], "volume": 1.0, "runs": 250}
    exact = simulate_stochastic(ENZYME, 3.0, method="ssa", seed=1, **options)
    ensemble = simulate_stochastic(ENZYME, 3.0, method=method, seed=2, **options)
    error = np.sqrt((exact.deviation**2 + ensemble.deviation**2) / 250)
    assert np.all(np.abs(ensemble.mean - exact.mean) < SIGMAS * error)
    ratio = ensemble.deviation**2 / exact.deviation**2
    assert np.all(np.abs(np.log(ratio)) < 1.5 * SIGMAS * math.sqrt(4.0 / 250))
    assert np.all(np.abs(ensemble["E"] + ensemble["ES"] - 100.0) < 1e-9)
    assert abs(ensemble["S"][1] - 65.96) < SIGMAS * error[1, 1] + 0.5


@pytest.mark.parametrize("method", APPROXIMATE)
def test_a_scarce_species_beside_a_plentiful_pair_keeps_its_law(method: str) -> None:
    """The pair decides how long steps are, in which a scarce species still happens one by one."""
    text = "X <-> Y [kf = 1, kr = 1]\n0 -> A [k = 4]\nA -> 0 [k = 1]\nX @initial 5000\nY @initial 5000"
    ensemble = simulated(text, method, runs=1500, times=np.array([0.3, 1.0]))
    mean = 4.0 * (1.0 - np.exp(-ensemble.times))
    assert_moments(ensemble, "A", mean, mean)
    spread = 2500.0 * (1.0 - np.exp(-4.0 * ensemble.times))
    assert_moments(ensemble, "X", [5000.0, 5000.0], spread)


def test_parts_of_a_molecule_keep_their_mean_and_their_sum() -> None:
    """Half a molecule of A decays as a whole at its rate; with B, it is half a molecule of B afterwards."""
    text = "A <-> B [kf = 1, kr = 2]\nB -> C [k = 1]\nA @initial 0.5\nC @initial 0.25"
    with pytest.warns(NeuralCRNWarning, match=r"A = 0.5, C = 0.25: .* variance is too small"):
        ensemble = simulated(text, "langevin")
    a = [float(expm(np.array([[-1.0, 2.0], [1.0, -3.0]]) * t)[0, 0]) for t in TIMES]
    error = np.maximum(ensemble.deviation[:, 0], 0.05) / math.sqrt(ensemble.runs)
    np.testing.assert_array_less(np.abs(ensemble["A"] - 0.5 * np.array(a)), SIGMAS * error)
    np.testing.assert_allclose(ensemble.mean.sum(axis=1), 0.75, rtol=1e-12)


@pytest.mark.parametrize("epsilon", [0.03, 0.5])
def test_diffusion_never_leaves_counts_below_zero(epsilon: float) -> None:
    network = parse_network(
        "2A + B -> C [k = 0.01]\n3C -> 2A [k = 0.1]\n0 -> 7B [k = 9]\nB -> 0\nA @initial 30.3"
    )
    ensemble = simulate_stochastic(
        network, 5.0, method="langevin", volume=1.0, runs=300, keep_runs=True, epsilon=epsilon
    )
    assert ensemble.values is not None
    assert ensemble.values.min() >= 0.0
