"""Clocks: conservation laws, what a leak and restoring reactions do, and the recorded numbers found again."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import polygamma

from neuralcrn.chemistry import Network
from neuralcrn.chemistry.stoichiometry import conservation_laws
from neuralcrn.compiler.pot.clocks import (
    CLOCKS,
    DEFAULT_CLOCK,
    LEAK,
    TOTAL,
    Clock,
    restored_ring,
    ring_reactions,
    squared_ring,
)
from neuralcrn.engines import Solver, simulate
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.studies.clock import measured_overlap, run_with_molecules
from neuralcrn.studies.clock.cycles import follow, total_of

LIMIT_CYCLES = ("restored-5", "restored-7", "restored-9", "red-green-blue")
SQUARED = ("squared-6", "squared-6-few", "squared-8")
RINGS = tuple(name for name in CLOCKS if name != "red-green-blue")


def change(network: Network, state: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dx/dt by the law of mass action, written out."""
    slopes = np.zeros(len(state))
    for reaction in network.reactions:
        flux = reaction.rate * np.prod([state[network.index[s]] ** n for s, n in reaction.reactants.terms])
        for name, count in reaction.net_change.items():
            slopes[network.index[name]] += count * flux
    return slopes


def ring(n: int, leak: float, restoring: bool, seed: int = 0) -> Network:
    start = np.random.default_rng(seed).uniform(0.05, 1.0, n)
    names = [f"C{i + 1}" for i in range(n)]
    return Network.of(ring_reactions(n, leak, restoring), dict(zip(names, start, strict=True)), species=names)


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_conserves_one_sum_exactly(name: str) -> None:
    clock = CLOCKS[name]
    (law,) = conservation_laws(clock.network)
    weights = dict(zip(clock.network.species, law, strict=True))
    expected = {"C": 1, "D": 2, "A": 0}  # a dimer holds two; an indicator of absence comes and goes
    assert weights == {species: expected[species[0]] for species in clock.network.species}
    assert total_of(clock) == pytest.approx(TOTAL if name in RINGS else 20.0, rel=1e-12)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 9])
def test_restoring_takes_a_reaction_for_every_pair_that_are_not_neighbours(n: int) -> None:
    assert len(ring_reactions(n, 0.0, False)) == n
    assert len(ring_reactions(n, LEAK, False)) == 2 * n
    assert len(ring_reactions(n, LEAK, True)) == 2 * n + n * (n - 3) // 2
    assert all(reaction.order == 2 for reaction in ring_reactions(n, 0.0, True))


@pytest.mark.parametrize("n", [3, 5, 6])
def test_without_a_leak_sum_and_product_are_conserved(n: int) -> None:
    values = simulate(ring(n, 0.0, False), 60.0, rtol=1e-10).values
    assert np.ptp(values[:, 0]) > 0.2
    np.testing.assert_allclose(values.sum(axis=1), values[0].sum(), rtol=1e-12)
    np.testing.assert_allclose(np.log(values).sum(axis=1), np.log(values[0]).sum(), atol=1e-6)


def test_an_even_ring_conserves_two_products() -> None:
    logarithms = np.log(simulate(ring(6, 0.0, False), 60.0, rtol=1e-10).values)
    for parity in (0, 1):
        part = logarithms[:, parity::2].sum(axis=1)
        np.testing.assert_allclose(part, part[0], atol=1e-6)


@pytest.mark.parametrize("n", [3, 5, 8])
def test_a_leak_lets_the_product_only_grow(n: int) -> None:
    leak = 0.01
    network = ring(n, leak, False)
    for state in np.random.default_rng(1).lognormal(0.0, 2.0, (20, n)):
        growth = (change(network, state) / state).sum()
        assert growth == pytest.approx(leak * (np.roll(state, 1) / state - 1.0).sum(), rel=1e-6, abs=1e-12)
        assert growth >= 0.0
    logarithm = np.log(simulate(network, 100.0, rtol=1e-9).values).sum(axis=1)
    assert (np.diff(logarithm) > 0.0).all()
    assert logarithm[-1] > logarithm[0] + 0.5


@pytest.mark.parametrize("name", LIMIT_CYCLES)
def test_period_and_integrals_are_those_recorded(name: str) -> None:
    clock = CLOCKS[name]
    cycles = follow(clock, 6)
    np.testing.assert_allclose(cycles.periods, clock.period, rtol=1e-6)
    expected = np.tile([gate.integral for gate in clock.gates.values()], (6, 1))
    np.testing.assert_allclose(cycles.integrals, expected, rtol=1e-4)
    np.testing.assert_allclose(cycles.integrals[1:], expected[1:], rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in CLOCKS if name not in (*LIMIT_CYCLES, *SQUARED)])
def test_first_cycle_of_other_clocks_is_about_as_recorded(name: str) -> None:
    clock = CLOCKS[name]
    first = follow(clock, 2)
    assert first.periods.mean() == pytest.approx(clock.period, rel=0.03)
    np.testing.assert_allclose(
        first.integrals.mean(axis=0), [gate.integral for gate in clock.gates.values()], rtol=0.04
    )


@pytest.mark.parametrize("name", SQUARED)
def test_squared_gates_have_a_limit_cycle_and_integrals_up_to_the_order_of_the_leak(name: str) -> None:
    clock = CLOCKS[name]
    cycles = follow(clock, 6)
    assert np.ptp(cycles.periods[1:]) < 1e-6 * clock.period
    np.testing.assert_allclose(cycles.periods[1:], clock.period, rtol=clock.floor)
    expected = np.tile([gate.integral for gate in clock.gates.values()], (6, 1))
    np.testing.assert_allclose(cycles.integrals, expected, rtol=2.0 * clock.floor)


@pytest.mark.parametrize("leak", [1e-3, 1e-4])
def test_a_squared_gate_is_closed_to_the_square_of_the_leak(leak: float) -> None:
    """The feedback must not begin before the error is complete."""
    squared, plain = squared_ring(6, leak, "a"), restored_ring(5, leak)
    assert measured_overlap(squared) < leak**2
    assert measured_overlap(plain) > 0.1 * leak


@pytest.mark.parametrize(
    ("name", "molecules"), [("squared-6", 3e4), ("squared-6-few", 1e3), (DEFAULT_CLOCK, 1e9)]
)
def test_turns_vary_as_the_growth_from_few_molecules_does(name: str, molecules: float) -> None:
    """Each turn begins with the immigration of leak V molecules, whose growth has a gamma distribution."""
    clock = CLOCKS[name]
    run = run_with_molecules(clock, molecules, cycles=200)
    turns = len(clock.network.species)
    expected = math.sqrt(turns * float(polygamma(1, clock.floor * molecules))) / TOTAL / clock.period
    assert run.cycles >= 195
    assert run.jitter == pytest.approx(expected, rel=0.25)  # known to 5 %
    assert run.period == pytest.approx(clock.period, rel=0.02)
    assert run.integral == pytest.approx(1.0, rel=0.03)


def test_a_squared_ring_runs_where_another_stops() -> None:
    runs = {name: run_with_molecules(CLOCKS[name], 1e4, cycles=20) for name in ("restored-5", "squared-6")}
    assert runs["squared-6"].cycles >= 19
    assert runs["restored-5"].cycles == 0
    assert runs["restored-5"].period is None
    for few in (0.0, math.nan, 1e13):
        with pytest.raises(InvalidValueError, match="give a number from 1 to 1e"):
            run_with_molecules(CLOCKS["squared-6"], few)


STARTS = ((1.0, 0.6, 0.1, 0.2, 0.1), (0.41, 0.39, 0.4, 0.4, 0.4))


@pytest.mark.parametrize("start", STARTS)
def test_a_restored_ring_reaches_its_cycle_from_anywhere_in_one_turn(start: tuple[float, ...]) -> None:
    clock = CLOCKS.find(DEFAULT_CLOCK)
    values = {f"C{i + 1}": value for i, value in enumerate(start)}
    cycles = follow(clock, 51, clock.network.with_initial(values))
    assert cycles.count == 51
    assert abs(cycles.periods[0] / clock.period - 1.0) > 0.01
    np.testing.assert_allclose(cycles.periods[1:], clock.period, rtol=1e-6)
    assert np.ptp(cycles.periods[1:]) < 1e-6 * clock.period


def test_an_even_ring_is_restored_too() -> None:
    conservative, turn = CLOCKS.find("crn++"), CLOCKS.find(DEFAULT_CLOCK).period / 5
    network = dataclasses.replace(conservative.network, reactions=ring_reactions(6, LEAK, True))
    clock = dataclasses.replace(conservative, network=network, floor=LEAK)
    np.testing.assert_allclose(follow(clock, 10).periods[1:], 6 * turn, rtol=1e-6)


def test_red_green_blue_reaches_its_cycle_from_anywhere() -> None:
    clock = CLOCKS.find("red-green-blue")
    start = dict.fromkeys(clock.network.species, 0.0) | {"C_R": 12.0, "C_G": 8.0}
    cycles = follow(clock, 5, clock.network.with_initial(start))
    assert abs(cycles.periods[0] / clock.period - 1.0) > 0.2
    np.testing.assert_allclose(cycles.periods[1:], clock.period, rtol=1e-6)


def test_crnpp_starts_where_the_start_of_its_authors_arrives() -> None:
    clock = CLOCKS.find("crn++")
    solver = Solver.of(clock.network, rtol=1e-9, atol=1e-20)
    state = np.array([1.0, 1.0, 1e-10, 1e-10, 1e-10, 1e-10])
    for event in (clock.read, clock.dose):
        state = solver.run(200.0, start=state, until=(event.species, event.threshold)).final
    np.testing.assert_allclose(state, clock.network.initial, rtol=2e-4)


def gates_at_rest(clock: Clock) -> NDArray[np.float64]:
    start = dict(zip(clock.network.species, clock.network.initial, strict=True))
    return np.array([math.prod(start[name] for name in gate.species) for gate in clock.gates.values()])


@pytest.mark.parametrize("name", CLOCKS)
def test_at_a_dose_nothing_is_cleared_any_more(name: str) -> None:
    clock = CLOCKS[name]
    place = list(clock.gates).index("clearing")
    allowed = 2e-5 if name not in SQUARED else 0.2 * clock.floor
    assert gates_at_rest(clock)[place] < allowed * follow(clock, 1).peaks[0, place]


def test_unknown_clocks_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'restored-7'"):
        CLOCKS.find("restord-7")


@pytest.mark.parametrize("name", CLOCKS)
def test_an_error_is_read_when_the_forward_phase_is_all_but_over(name: str) -> None:
    clock = CLOCKS[name]
    forward = clock.turns[0]
    solver = Solver.of(clock.network, atol=1e-16)
    until = solver.run(
        2 * clock.period,
        np.linspace(0.0, 2 * clock.period, 4001),
        until=(clock.read.species, clock.read.threshold),
    )
    gate = np.prod([until[species] for species in forward.species], axis=0)
    carried = np.trapezoid(gate, until.times)
    assert carried > 0.94 * follow(clock, 1).integrals[0, 0]


@pytest.mark.parametrize("name", ["restored-5", "ring-5", "crn++"])
def test_total_is_kept_over_ten_thousand_time_units(name: str) -> None:
    network = CLOCKS[name].network
    atol = dict.fromkeys(network.species, 1e-14)
    final = simulate(network, 1e4, [1e4], rtol=1e-6, atol=atol).final
    assert abs(final.sum() / TOTAL - 1.0) < 1e-10
