"""A result is the same in every unit of concentration and time, and right where some species are scarce."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from tests.cases import bounded_networks

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.engines import Outcome, Trajectory, simulate

MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
DECADES = st.floats(-24.0, 12.0)
stiff_networks = bounded_networks(1e-4, 1e5)
GRID = np.concatenate([[0.0], np.geomspace(1e-8, 5.0, 40)])
"""Times that miss no peak: the rates of the networks go up to 1e5."""
ENZYME = parse_network(
    "E + S -> ES [k = 1]\nES -> E + S [k = 1]\nES -> E + P [k = 1]\nE @initial 1\nS @initial 10"
)


def in_units(network: Network, concentration: float, time: float, prefix: str = "") -> Network:
    """Return the same network where a concentration of 1 is written so, and a time of 1 too."""
    reactions = [
        Reaction.of(
            {prefix + name: count for name, count in r.reactants.terms},
            {prefix + name: count for name, count in r.products.terms},
            rate=r.rate * concentration ** (1 - r.order) / time,
        )
        for r in network.reactions
    ]
    names = [prefix + name for name in network.species]
    initial = [value * concentration for value in network.initial]
    return Network.of(reactions, dict(zip(names, initial, strict=True)), tuple(names))


def largest_error(run: Trajectory, expected: NDArray[np.float64], unit: float) -> float:
    """Return the largest difference, each species relative to its largest amount."""
    largest = np.abs(expected).max(axis=0)
    return float((np.abs(run.values / unit - expected) / np.where(largest > 0.0, largest, 1.0)).max())


@MANY
@given(stiff_networks, st.integers(-80, 40), st.integers(-80, 40), st.sampled_from([1e-3, 1e-6, 1e-10]))
def test_units_that_are_powers_of_two_change_no_bit(
    network: Network, concentration: int, time: int, rtol: float
) -> None:
    one = simulate(network, 5.0, np.linspace(0.0, 5.0, 7), rtol=rtol)
    c, t = 2.0**concentration, 2.0**time
    other = simulate(in_units(network, c, t), 5.0 * t, np.linspace(0.0, 5.0, 7) * t, rtol=rtol)
    assert (other.outcome, other.steps, other.end) == (one.outcome, one.steps, one.end * t)
    np.testing.assert_array_equal(other.values, one.values * c)
    np.testing.assert_array_equal(other.final, one.final * c)


@MANY
@example(ENZYME, -24.0, 12.0)
@given(stiff_networks, DECADES, DECADES)
def test_results_are_the_same_in_every_unit(network: Network, concentration: float, time: float) -> None:
    one = simulate(network, 5.0, GRID, rtol=1e-8)
    c, t = 10.0**concentration, 10.0**time
    other = simulate(in_units(network, c, t), 5.0 * t, GRID * t, rtol=1e-8)
    assert other.outcome == one.outcome == Outcome.SUCCESS
    assert largest_error(other, one.values, c) < 1e-5


@MANY
@example(parse_network("0 -> A\nA @initial 1"), parse_network("0 -> A [k = 3000]"), -20.0)
@given(stiff_networks, stiff_networks, DECADES)
def test_what_is_scarce_is_as_right_beside_what_is_plenty_as_alone(
    network: Network, other: Network, concentration: float
) -> None:
    """Two networks that share nothing, in one pot, at very different concentrations."""
    c = 10.0**concentration
    both = simulate(in_units(network, c, 1.0, "scarce_") | in_units(other, 1.0, 1.0, "plenty_"), 5.0, GRID)
    assert both.outcome == Outcome.SUCCESS
    alone = simulate(network, 5.0, GRID, rtol=1e-10)
    expected = dict(zip(alone.species, alone.values.T, strict=True))
    for name, series in expected.items():
        error = np.abs(both[f"scarce_{name}"] / c - series).max()
        assert error <= 1e-3 * series.max(), name


@pytest.mark.parametrize("substrate", [1e-9, 1e-10, 1e-11, 1e-12, 1e-24, 1e12])
def test_enzyme_in_molar_is_what_lsoda_gives_in_units_of_one(substrate: float) -> None:
    """A tenth of the substrate is enzyme; the binding constant of 1e11 per molar is one per 1e-11 M."""
    unit = 0.1 * substrate
    text = "E + S -> ES [k = 1e11]\nES -> E + S\nES -> E + P"
    network = parse_network(text).with_initial({"E": unit, "S": substrate})
    binding = 1e11 * unit

    def slope(_: float, y: NDArray[np.float64]) -> list[float]:
        e, s, es, _p = y
        bound = binding * e * s
        return [2.0 * es - bound, es - bound, bound - 2.0 * es, es]

    grid = np.linspace(0.0, 20.0, 41)
    exact = solve_ivp(slope, (0.0, 20.0), [1.0, 10.0, 0.0, 0.0], "LSODA", grid, rtol=1e-12, atol=1e-30).y.T
    run = simulate(network, 20.0, grid)
    assert run.outcome == Outcome.SUCCESS
    assert run.values.min() >= -1e-12 * substrate
    assert largest_error(run, exact, unit) < 2e-5


@pytest.mark.parametrize("enzyme", [1e-9, 1e-15, 1e-21])
def test_a_trace_of_enzyme_beside_much_substrate_is_followed(enzyme: float) -> None:
    """E decays as exp(-t) while it turns S over: S' = -k E S has a closed form."""
    rate = 1.0 / enzyme
    network = parse_network(f"E + S -> E + P [k = {rate!r}]\nE -> 0 [k = 1]\nS @initial 1e-3")
    run = simulate(network.with_initial({"E": enzyme, "S": 1e-3}), 8.0)
    np.testing.assert_allclose(run["E"] / enzyme, np.exp(-run.times), rtol=0, atol=1e-6)
    np.testing.assert_allclose(run["S"] / 1e-3, np.exp(np.expm1(-run.times)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", [1e-12, 1e-40, 1e-200])
def test_growth_from_a_trace_takes_the_time_that_it_takes(seed: float) -> None:
    network = parse_network("A + R -> 2A\nR @initial 1").with_initial({"A": seed, "R": 1.0 - seed})
    run = simulate(network, 1e3, until=("A", 0.5))
    assert run.end == pytest.approx(-math.log(seed), rel=1e-5)


@pytest.mark.parametrize("inflow", [1e-30, 1e-3, 1e20])
def test_what_begins_with_nothing_takes_its_scale_from_what_flows_in(inflow: float) -> None:
    run = simulate(parse_network(f"0 -> A [k = {inflow!r}]\nA -> B [k = 0.25]"), 40.0)
    exact = 4.0 * inflow * -np.expm1(-0.25 * run.times)
    np.testing.assert_allclose(run["A"], exact, rtol=0, atol=2e-6 * exact[-1])
    assert run.steps < 100


@pytest.mark.parametrize("catalyst", [1e-20, 1.0, 1e20])
def test_what_is_made_may_become_far_more_than_anything_was_at_the_start(catalyst: float) -> None:
    network = parse_network(f"C -> C + A [k = {1e23 / catalyst!r}]\nC -> 0")
    run = simulate(network.with_initial({"C": catalyst}), 5.0)
    np.testing.assert_allclose(run["A"], 1e23 * -np.expm1(-run.times), rtol=0, atol=1e18)


@pytest.mark.parametrize("unit", [1e-24, 1e-9, 1e9])
def test_a_clock_that_rests_at_one_hundred_millionth_keeps_its_period_in_every_unit(unit: float) -> None:
    clock = CLOCKS.find("restored-5")
    end = 3.0 * clock.period
    one = simulate(clock.network, end)
    scaled = simulate(in_units(clock.network, unit, 1.0), end)
    assert one.values.min() < 1e-7
    assert largest_error(scaled, one.values, unit) < 1e-3


def test_an_absolute_tolerance_that_is_given_stays_absolute() -> None:
    """In the unit of concentration of the network: what is negligible in molar is not in nanomolar."""
    exact = simulate(ENZYME, 20.0, rtol=1e-10).values
    small = in_units(ENZYME, 1e-11, 1.0)
    assert largest_error(simulate(small, 20.0, atol=1e-22), exact, 1e-11) < 1e-5
    assert largest_error(simulate(small, 20.0, atol=1e-11), exact, 1e-11) > 1e-3
    by_name = simulate(small, 20.0, atol=dict.fromkeys(small.species, 1e-11))
    np.testing.assert_array_equal(by_name.values, simulate(small, 20.0, atol=1e-11).values)
