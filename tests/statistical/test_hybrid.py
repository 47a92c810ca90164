"""Hybrid simulation against closed forms, exact runs and concentrations, where its steps are long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from neuralcrn.chemistry import conservation_laws, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines import Ensemble, simulate, simulate_stochastic
from neuralcrn.engines.native.jumps import CYCLIC, ORDER, OWNABLE, SPECIES, pack_jumps
from neuralcrn.engines.native.randomness import STATE_SIZE, binomial, start_stream

SIGMAS = 4.5


def hybrid(
    text: str,
    times: list[float],
    *,
    volume: float = 1.0,
    runs: int = 2000,
    threads: int = 2,
    keep_runs: bool = False,
    epsilon: float = 0.03,
) -> Ensemble:
    return simulate_stochastic(
        parse_network(text),
        times[-1],
        times,
        method="hybrid",
        volume=volume,
        runs=runs,
        seed=5,
        threads=threads,
        keep_runs=keep_runs,
        epsilon=epsilon,
    )


def values_of(ensemble: Ensemble) -> NDArray[np.float64]:
    assert ensemble.values is not None
    return ensemble.values


def assert_moments(ensemble: Ensemble, name: str, mean: object, variance: object, bias: float = 0.0) -> None:
    """Assert mean and variance up to what so many runs scatter, and a relative `bias` of the variance."""
    place = ensemble.species.index(name)
    expected, spread = np.asarray(mean), np.asarray(variance)
    error = np.sqrt(spread / ensemble.runs)
    np.testing.assert_array_less(np.abs(ensemble.mean[:, place] - expected), SIGMAS * error)
    ratio = ensemble.deviation[:, place] ** 2 / spread
    np.testing.assert_array_less(np.abs(ratio - 1.0), bias + SIGMAS * np.sqrt(2.0 / ensemble.runs))


@pytest.mark.parametrize("chance", [0.0, 0.02, 0.3, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("number", [0.0, 1.0, 12.0, 300.0, 40_000.0])
def test_binomial_numbers_have_their_law(number: float, chance: float) -> None:
    """Mean, variance and the chance of every value that is not rare (chi-square of 99.99 %)."""
    state, size = np.empty(STATE_SIZE, np.uint64), 20_000
    start_stream(state, 3, int(number))
    drawn = np.array([binomial(state, number, chance) for _ in range(size)])
    law: Any = stats.binom(int(number), chance)
    assert abs(drawn.mean() - law.mean()) <= SIGMAS * law.std() / np.sqrt(size)
    assert drawn.min() >= 0.0
    assert drawn.max() <= number
    values = np.arange(int(number) + 1)
    often = values[law.pmf(values) * size >= 10.0]
    if len(often) > 1:
        found = np.array([(drawn == value).sum() for value in often])
        expected = law.pmf(often) * size
        rest = size - expected.sum()
        surprise = ((found - expected) ** 2 / expected).sum() + (size - found.sum() - rest) ** 2 / max(
            rest, 1.0
        )
        assert surprise < stats.chi2(len(often)).ppf(0.9999)


def test_what_relaxes_is_found() -> None:
    """E, S and ES are a cycle, from which P leaves; P is advanced after ES, and T, which reads P, after P."""
    text = "P + U -> U\nE + S -> ES\nES -> E + S\nES -> E + P\nP -> P + T\nT -> 0\n2T -> T"
    packed = pack_jumps(parse_network(text)).integers
    names = [parse_network(text).species[i] for i in packed[packed[SPECIES] :][:5]]
    cyclic = packed[packed[CYCLIC] :][:5].astype(bool)
    assert {name for name, flag in zip(names, cyclic, strict=True) if flag} == {"E", "S", "ES"}
    order = [names[i] for i in packed[packed[ORDER] :][:5]]
    assert order.index("ES") < order.index("P") < order.index("T")
    assert packed[packed[OWNABLE] :][:11].sum() == 6  # every loss but that of 2 T


@pytest.mark.parametrize("births", [20.0, 3000.0])
def test_births_and_deaths_are_poisson_after_steps_of_many_lifetimes(births: float) -> None:
    ensemble = hybrid(f"0 -> A [k = {100 * births}]\nA -> 0 [k = 100]", [0.004, 0.02, 3.0])
    mean = births * (1.0 - np.exp(-100.0 * ensemble.times))
    assert_moments(ensemble, "A", mean, mean)
    assert ensemble.steps < 250 * ensemble.runs


@pytest.mark.parametrize(("fast", "scarce"), [(10.0, 5.0), (1000.0, 5.0), (100.0, 0.2)])
def test_a_fast_catalyst_makes_bursts(fast: float, scarce: float) -> None:
    """Proteins of short-lived mRNA: the variance is the mean times 1 + burst / (1 + 1 / fast).

    Thattai and van Oudenaarden 2001, doi:10.1073/pnas.151588598.
    """
    burst = 20.0
    text = (
        f"0 -> M [k = {scarce * fast}]\nM -> 0 [k = {fast}]\nM -> M + P [k = {burst * fast}]\nP -> 0 [k = 1]"
    )
    ensemble = hybrid(text, [12.0], runs=4000)
    mean = burst * scarce * fast
    assert_moments(ensemble, "M", [scarce], [scarce], bias=0.1 if scarce < 1.0 else 0.0)
    assert_moments(ensemble, "P", [mean], [mean * (1.0 + burst / (1.0 + 1.0 / fast))], bias=0.03)
    assert ensemble.steps < 200 * ensemble.runs


def test_the_lesser_of_two_rails_is_a_birth_death_process() -> None:
    """Given the greater one, which is conserved up to noise, B has a Poisson law of mean k_B / (k A)."""
    volume = 1e4
    text = (
        "0 -> B [k = 0.5]\nA + B -> 0 [k = 100]\nA + B -> A + B + C [k = 1]\n0 -> A [k = 0.5]\nA @initial 1"
    )
    ensemble = hybrid(text, [2.0], volume=volume, runs=3000)
    lesser = 0.5 / 100.0 * volume
    assert_moments(ensemble, "B", [lesser], [lesser], bias=0.03)
    difference = volume
    assert abs(ensemble["A"][0] - ensemble["B"][0] - difference) < SIGMAS * np.sqrt(
        2.0 * volume / ensemble.runs
    )
    # every B is met once on average in 1 / 100 of a C; both are produced 0.5 V t times
    assert_moments(ensemble, "C", [0.01 * volume], [0.01 * volume], bias=0.05)
    assert ensemble.steps < 300 * ensemble.runs


@pytest.mark.parametrize("volume", [1.0, 30.0])
def test_reversible_reactions_scatter_as_the_binomial_law(volume: float) -> None:
    ensemble = hybrid("A <-> B [kf = 1, kr = 2]\nA @initial 100", [0.3, 6.0], volume=volume)
    chance = (1.0 - np.exp(-3.0 * ensemble.times)) / 3.0
    mean = 100.0 * volume * chance
    assert_moments(ensemble, "B", mean, mean * (1.0 - chance), bias=0.08)


def test_dimerisation_scatters_as_exact_runs() -> None:
    text = "2A -> B [k = 1e-4]\nB -> 2A [k = 1]\nA @initial 30000"
    exact = simulate_stochastic(parse_network(text), 2.0, [0.05, 2.0], volume=1.0, runs=600, seed=1)
    ensemble = hybrid(text, [0.05, 2.0], runs=600)
    error = np.sqrt((exact.deviation**2 + ensemble.deviation**2) / 600)
    assert np.all(np.abs(ensemble.mean - exact.mean) < SIGMAS * error)
    ratio = ensemble.deviation**2 / exact.deviation**2
    assert np.all(np.abs(np.log(ratio)) < 0.05 + SIGMAS * np.sqrt(4.0 / 600))


SWITCH = """
0 -> U [k = 300]
0 -> W [k = 300]
W + W + U -> W + W [k = 1e-5]
U + U + W -> U + U [k = 1e-5]
U -> 0 [k = 0.5]
W -> 0 [k = 0.5]
"""


def test_a_bistable_switch_has_the_distribution_of_exact_runs() -> None:
    """Two species that remove each other, from the symmetric state: Kolmogorov-Smirnov of 99.99 %."""
    network = parse_network(SWITCH)
    exact = simulate_stochastic(network, 15.0, [1.0, 15.0], volume=1.0, runs=1500, keep_runs=True, seed=1)
    ensemble = hybrid(SWITCH, [1.0, 15.0], runs=1500, keep_runs=True)
    for k in range(2):
        ours, theirs = (values_of(e)[:, k, 0] - values_of(e)[:, k, 1] for e in (ensemble, exact))
        compared: Any = stats.ks_2samp(ours, theirs)
        assert compared.pvalue > 1e-4
    final = values_of(ensemble)[:, 1, 0] - values_of(ensemble)[:, 1, 1]
    assert (np.abs(final) > 200.0).mean() > 0.6  # most have decided
    assert ensemble.steps < 0.3 * exact.steps


NETWORKS = (
    "A + B -> C [k = 50]\nC -> A + D [k = 3]\nD + A -> B + A [k = 20]\nA @initial 2\nB @initial 3",
    "X + Y -> 2Y\nY + Z -> 2Z\nZ + X -> 2X\nX @initial 1\nY @initial 0.5\nZ @initial 0.1",
    "2A -> B [k = 90]\nB + C -> C + A [k = 400]\nC -> A [k = 0.5]\nA @initial 2\nC @initial 1",
)


@pytest.mark.parametrize("text", NETWORKS)
@pytest.mark.parametrize("volume", [10.0, 1000.0, 1e6])
@pytest.mark.parametrize("epsilon", [0.03, 0.5])
def test_counts_are_whole_and_conserved_and_never_negative(text: str, volume: float, epsilon: float) -> None:
    ensemble = hybrid(text, [0.01, 0.3, 1.0, 5.0], volume=volume, runs=40, keep_runs=True, epsilon=epsilon)
    values = values_of(ensemble)
    assert values.min() >= 0.0
    assert np.all(values == np.rint(values))
    for law in conservation_laws(parse_network(text)):
        totals = values @ np.array(law, dtype=float)
        assert np.all(totals == totals.flat[0])


POT = """
C -> C + G [k = 100]
G -> 0 [k = 100]
G + X -> G + X + S [k = 100]
S -> 0 [k = 100]
S -> S + P [k = 1]
S -> S + N [k = 0.2]
P + N -> 0 [k = 100]
P -> 0 [k = 0.3]
C -> 0 [k = 1]
C @initial 1
X @initial 1
"""
"""A gate, a shadow of a shadow, and a pair of rails."""


def error_for_many_molecules(epsilon: float, text: str = POT) -> float:
    """Return the largest error of a run with so many molecules that noise does not matter."""
    times = [0.5, 1.0, 3.0]
    exact = simulate(parse_network(text), 3.0, times, rtol=1e-10).values
    run = hybrid(text, times, volume=1e13, runs=1, epsilon=epsilon).mean / 1e13
    return float(np.abs(run - exact).max())


def test_many_molecules_approach_concentrations_with_the_second_order() -> None:
    """The clock-like network is the hardest for the control of steps; 1e13 molecules scatter by 3e-7."""
    ring = "A + B -> 2B\nB + C -> 2C\nC + A -> 2A\nA @initial 1\nB @initial 0.5\nC @initial 0.1"
    rails = "0 -> A [k = 4]\n0 -> B [k = 3]\nA + B -> 0 [k = 100]\nA -> 0\nB -> 0"
    assert error_for_many_molecules(0.03, rails) < 1e-3
    for text in (POT, ring):
        coarse, fine = (error_for_many_molecules(epsilon, text) for epsilon in (0.04, 0.01))
        assert fine < 2e-3
        assert 6.0 < coarse / fine < 60.0  # 16 for the second order, 4 for the first


def test_steps_do_not_grow_with_the_number_of_molecules() -> None:
    steps = [hybrid(POT, [3.0], volume=volume, runs=2).steps for volume in (1e5, 1e7, 1e9)]
    assert max(steps) < 3 * min(steps)
    assert max(steps) < 6000


def test_learning_means_scatter_as_in_exact_runs() -> None:
    """The rails of an error with shadows and few molecules, beside exact runs of the same network."""
    exact = simulate_stochastic(parse_network(POT), 2.0, [0.5, 2.0], volume=100.0, runs=400, seed=1)
    ensemble = hybrid(POT, [0.5, 2.0], volume=100.0, runs=1200)
    error = np.sqrt(exact.deviation**2 / 400 + ensemble.deviation**2 / 1200)
    np.testing.assert_array_less(np.abs(ensemble.mean - exact.mean), SIGMAS * error + 1e-9)
    moving = exact.deviation > 0.0
    ratio = ensemble.deviation[moving] ** 2 / exact.deviation[moving] ** 2
    assert np.all(np.abs(np.log(ratio)) < 0.1 + SIGMAS * np.sqrt(2.0 / 400 + 2.0 / 1200))


def test_an_autonomous_pot_scatters_as_in_exact_runs() -> None:
    """One cycle of linear regression with 100 molecules per unit, at the end of the forward phase and after
    the feedback.
    """
    circuit = make_circuit("minimal", inputs=1)
    network = circuit.compile("autonomous", "squared-6-few").phases[0].network
    start = {"x1": 1.0, "e1_n": 1.5, "theta1_p": 0.5, "theta1_n": 0.03}
    amounts = zip(network.species, network.initial, strict=True)
    whole = network.with_initial({**{name: round(v * 100.0) / 100.0 for name, v in amounts}, **start})
    options: Any = {"times": [4.0, 12.0], "volume": 100.0, "keep_runs": True}
    exact = simulate_stochastic(whole, 12.0, runs=80, seed=1, **options)
    ensemble = simulate_stochastic(whole, 12.0, method="hybrid", runs=800, seed=2, **options)
    error = np.sqrt(exact.deviation**2 / 80 + ensemble.deviation**2 / 800)
    np.testing.assert_array_less(np.abs(ensemble.mean - exact.mean), SIGMAS * error + 0.05)
    for name in ("e1_p", "e1_n", "theta1_p", "theta1_n", "C1", "C3"):
        place = whole.index[name]
        for k in range(2):
            compared: Any = stats.ks_2samp(values_of(ensemble)[:, k, place], values_of(exact)[:, k, place])
            assert compared.pvalue > 1e-5, (name, k)


def test_seed_and_run_decide_everything() -> None:
    one, two = (hybrid(POT, [0.5, 1.0], volume=300.0, runs=40, keep_runs=True, threads=n) for n in (1, 3))
    assert values_of(one).tobytes() == values_of(two).tobytes()
    few = hybrid(POT, [0.5, 1.0], volume=300.0, runs=5, keep_runs=True)
    assert values_of(few).tobytes() == values_of(one)[:5].tobytes()
