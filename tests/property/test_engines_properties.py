"""What holds for the simulation of every network."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from tests.cases import FixedSteps, bounded_networks, rates_of_change, solve_reduced

from neuralcrn.chemistry import Network, Reaction, conservation_laws, parse_network
from neuralcrn.engines import Outcome, simulate
from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.packing import AT_SLOPES, AT_STATES, pack
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode
from neuralcrn.engines.native.steps import EXPLICIT, FUNCTION_COUNT, ROSENBROCK, begin

MANY = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
stiff_networks = bounded_networks(1e-4, 1e5)
# found by a long search: between two accepted steps the interpolant undershoots
UNDERSHOOT = parse_network("0 -> A [k = 3]\nA + D -> 0\nD @initial 0.5")


@MANY
@given(stiff_networks, st.sampled_from([1e-3, 1e-6, 1e-9]))
def test_every_conservation_law_holds_along_the_run(network: Network, rtol: float) -> None:
    result = simulate(network, 5.0, np.linspace(0.0, 5.0, 23), rtol=rtol)
    assert result.outcome == Outcome.SUCCESS
    for law in map(np.array, conservation_laws(network)):
        scale = np.abs(law) @ np.abs(result.values).max(axis=0)
        assert np.abs(result.values @ law - result.values[0] @ law).max() <= 1e-10 * scale


@MANY
@example(UNDERSHOOT, 1e-3, 1e-8)
@given(stiff_networks, st.sampled_from([1e-3, 1e-6, 1e-9]), st.sampled_from([1e-12, 1e-8]))
def test_no_concentration_becomes_negative(network: Network, rtol: float, atol: float) -> None:
    result = simulate(network, 5.0, np.linspace(0.0, 5.0, 57), rtol=rtol, atol=atol)
    assert result.outcome == Outcome.SUCCESS
    assert result.values.min() >= -max(atol, 1e-12 * result.values.max())


@MANY
@given(stiff_networks, st.lists(st.integers(1, 400), min_size=1, max_size=30, unique=True).map(sorted))
def test_results_do_not_depend_on_the_times_that_are_asked_for(network: Network, chosen: list[int]) -> None:
    grid = np.linspace(0.0, 3.0, 401)
    reference, some = simulate(network, 3.0, grid), simulate(network, 3.0, grid[chosen])
    assert np.array_equal(some.values, reference.values[chosen])
    assert some.steps == reference.steps


@MANY
@given(bounded_networks())
def test_taking_quadratures_out_changes_no_end_state(network: Network) -> None:
    apart, together = (solve_reduced(network, 2.0, separate=separate) for separate in (True, False))
    np.testing.assert_allclose(apart, together, rtol=1e-9, atol=1e-9)


@MANY
@given(bounded_networks(), st.integers(0, 2**32 - 1))
def test_kernels_compute_mass_action(network: Network, seed: int) -> None:
    """Folding, sharing of monomials and all: the slope is that of the reactions, one by one."""
    reduction = reduce_network(network, separate=False)
    system = pack(reduction)
    state = np.random.default_rng(seed).uniform(0.0, 2.0, len(network.species))
    scratch = np.zeros(system.scratch_size)
    begin(system.integers, system.floats, 0, np.zeros(FUNCTION_COUNT, dtype=np.int64), state, scratch)
    states, slopes, size = (
        int(system.integers[AT_STATES]),
        int(system.integers[AT_SLOPES]),
        len(reduction.core),
    )
    scratch[states : states + size] = state[list(reduction.core)]
    scratch[states + size] = 1.0
    right_hand_side(system.integers, 0, scratch, states, slopes)
    expected = rates_of_change(network, state)
    np.testing.assert_allclose(
        scratch[slopes : slopes + size], expected[list(reduction.core)], rtol=1e-12, atol=1e-12
    )
    idle = sorted(set(range(len(state))) - set(reduction.core))
    np.testing.assert_allclose(expected[idle], 0.0, rtol=0, atol=1e-12)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(bounded_networks(), st.sampled_from([EXPLICIT, ROSENBROCK]))
def test_machine_code_gives_the_same_bits(network: Network, method: int) -> None:
    loops = FixedSteps(network, method, separate=True)
    assume(loops.size > 0)
    code = MachineCode([loops.reduction])
    written = FixedSteps(network, method, separate=True, functions=code.addresses[0])
    assert np.array_equal(written.run(0.5, 8), loops.run(0.5, 8), equal_nan=True)


@MANY
@given(bounded_networks(), st.randoms(use_true_random=False))
def test_order_of_species_and_reactions_does_not_matter(network: Network, random: object) -> None:
    reactions, species = list(network.reactions), list(network.species)
    random.shuffle(reactions)  # type: ignore[attr-defined]
    random.shuffle(species)  # type: ignore[attr-defined]
    initial = dict(zip(network.species, network.initial, strict=True))
    other = Network.of(reactions, initial, tuple(species))
    a, b = simulate(network, 2.0, rtol=1e-9), simulate(other, 2.0, rtol=1e-9)
    for name in species:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-6, atol=1e-8)


@MANY
@given(bounded_networks(), st.floats(0.1, 10.0))
def test_faster_rates_are_shorter_times(network: Network, factor: float) -> None:
    """Scaling all rate constants by c is scaling time by 1/c."""
    faster = Network.of(
        [
            Reaction.of(r.reactants.coefficients, r.products.coefficients, rate=r.rate * factor)
            for r in network.reactions
        ],
        dict(zip(network.species, network.initial, strict=True)),
        network.species,
    )
    a = simulate(network, 2.0, rtol=1e-9)
    b = simulate(faster, 2.0 / factor, rtol=1e-9)
    np.testing.assert_allclose(a.values, b.values, rtol=1e-6, atol=1e-8)
