"""What a network becomes before it is solved: reduction, order of elimination, packing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import jacobian_of, solve_reduced

from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.engines.native.algebra_kernels import factorise, solve
from neuralcrn.engines.native.elimination import Elimination, block_order, eliminate
from neuralcrn.engines.native.integrate import NO_WATCH, Controls, integrate
from neuralcrn.engines.native.packing import AT_STATES, AT_VECTOR, PackedSystem, join, pack
from neuralcrn.engines.native.reduction import derivative, initial_state, reduce_network
from neuralcrn.engines.native.steps import FUNCTION_COUNT, begin


def executed(
    plan: Elimination, matrix: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Carry a planned elimination out, operation by operation, and solve."""
    rows = np.repeat(np.arange(len(matrix)), np.diff(plan.row_pointer))
    values = matrix[rows, plan.column]
    place = {entry: position for position, entry in enumerate(zip(rows.tolist(), plan.column, strict=True))}
    for row in range(len(matrix)):
        for position in plan.multipliers(row):
            pivot = plan.column[position]
            values[position] /= values[plan.diagonal[pivot]]
            for source in plan.updates(pivot):
                values[place[row, plan.column[source]]] -= values[position] * values[source]
    lower, upper = np.eye(len(matrix)), np.zeros_like(matrix)
    below = np.array(plan.column) < rows
    lower[rows[below], np.array(plan.column)[below]] = values[below]
    upper[rows[~below], np.array(plan.column)[~below]] = values[~below]
    np.testing.assert_allclose(lower @ upper, matrix, rtol=0, atol=1e-10 * np.abs(matrix).max())
    return np.linalg.solve(upper, np.linalg.solve(lower, right)).astype(np.float64)


@pytest.mark.parametrize("seed", range(12))
def test_planned_elimination_solves_what_a_dense_solver_solves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 15))
    present = rng.random((size, size)) < rng.uniform(0.05, 0.6)
    matrix = np.where(present, rng.normal(size=(size, size)), 0.0)
    np.fill_diagonal(matrix, np.abs(matrix).sum(axis=1) + 1.0)
    plan = eliminate(size, [(i, j) for i, j in np.argwhere(present).tolist()])
    right = rng.normal(size=size)
    np.testing.assert_allclose(
        executed(plan, matrix, right), np.linalg.solve(matrix, right), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_filled_block_is_the_longest_whose_rows_have_the_same_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 25))
    plan = eliminate(size, [(i, j) for i, j in np.argwhere(rng.random((size, size)) < 0.15).tolist()])
    present = np.zeros((size, size), dtype=bool)
    for row in range(size):
        present[row, list(plan.column[plan.row_pointer[row] : plan.row_pointer[row + 1]])] = True

    def is_filled(begin: int, end: int) -> bool:
        block = present[begin:end, begin:]
        return bool(block[:, : end - begin].all() and (block == block[0]).all())

    lengths = [end - begin for end in range(size + 1) for begin in range(end) if is_filled(begin, end)]
    found = plan.filled_block()
    assert is_filled(found.start, found.stop)
    assert len(found) == max(lengths)


def test_triangular_patterns_need_no_elimination() -> None:
    pattern = {(i, j) for i in range(8) for j in range(i, 8, 3)}
    plan = eliminate(8, pattern)
    assert len(plan.column) == len(pattern)
    assert plan.operations == 0


@pytest.mark.parametrize("seed", range(8))
def test_readers_come_first_and_fill_stays_within_blocks(seed: int) -> None:
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(seed)
    size = 14
    reads = rng.random((size, size)) < 0.1
    pairs = [(int(a), int(b)) for a, b in np.argwhere(reads)]
    order = block_order(range(size), pairs)
    assert sorted(order) == list(range(size))
    place = {species: i for i, species in enumerate(order)}
    _, label = connected_components(reads, directed=True, connection="strong")
    pattern = {(place[a], place[b]) for a, b in pairs}
    assert all(place[a] < place[b] for a, b in pairs if label[a] != label[b])
    plan = eliminate(size, pattern)
    filled = {
        (row, column)
        for row in range(size)
        for column in plan.column[plan.row_pointer[row] : plan.row_pointer[row + 1]]
    }
    below = {(row, column) for row, column in filled if column < row}
    assert all(label[order[row]] == label[order[column]] for row, column in below)


def test_cascade_is_solved_without_one_multiplication_of_elimination() -> None:
    cascade = parse_network("A -> B\nB -> C\nC -> D\nD -> 0\nB + C -> B + D")
    assert reduce_network(cascade, separate=False).elimination.operations == 0


def test_derivative_lowers_one_power() -> None:
    assert derivative((0, 0, 2), 0) == (2, (0, 2))
    assert derivative((0, 0, 2), 2) == (1, (0, 0))
    assert derivative((1,), 1) == (1, ())


def test_catalysts_are_folded_and_equal_monomials_are_shared() -> None:
    network = parse_network(
        "p + x -> p + x + z\nq -> q + z\n2z -> z\nz -> z + g\nz -> z + h\np @initial 2\nx @initial 3"
    )
    reduction = reduce_network(network)
    place = {name: i for i, name in enumerate(network.species)}
    assert reduction.core == (place["z"],)
    assert reduction.quadratures == tuple(sorted((place["g"], place["h"])))
    assert reduction.monomials == ((), (0,), (0, 0))
    assert len(reduction.integrated) == 1
    assert len(reduction.core_entries) == 2


def test_reactions_without_effect_or_rate_are_left_out() -> None:
    reduction = reduce_network(parse_network("A -> A [k = 5]\nA + B -> C [k = 0]\nC -> D [k = 1]"))
    assert not reduction.core
    assert len(reduction.separated) == 2


def test_forward_phase_of_the_quadratic_circuit_has_a_core_of_six() -> None:
    program = make_circuit("quadratic", inputs=2, hidden=3, rule="first-order").compile()
    network = program.phase("feedforward").network
    reduction = reduce_network(network)
    assert (len(reduction.core), len(network.reactions)) == (6, 15)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_taking_quadratures_out_changes_no_end_state(name: str) -> None:
    rng = np.random.default_rng(5)
    for phase in make_circuit(name, inputs=2).compile().phases:
        names = phase.network.species
        network = phase.network.with_initial(
            dict(zip(names, rng.uniform(0.1, 1.0, len(names)).tolist(), strict=True))
        )
        apart, together = (
            solve_reduced(network, min(phase.duration, 0.2), separate=s) for s in (True, False)
        )
        np.testing.assert_allclose(apart, together, rtol=1e-9, atol=1e-9)


def packed_matrix(
    network_text: str, seed: int
) -> tuple[PackedSystem, NDArray[np.float64], NDArray[np.float64], tuple[int, ...]]:
    """Return a packed network, a scratch vector with a random state in it, the state, and its core."""
    network = parse_network(network_text)
    reduction = reduce_network(network, separate=False)
    system = pack(reduction)
    state = np.random.default_rng(seed).uniform(0.1, 2.0, len(network.species))
    scratch = np.zeros(system.scratch_size)
    begin(system.integers, system.floats, 0, np.zeros(FUNCTION_COUNT, dtype=np.int64), state, scratch)
    states = int(system.integers[AT_STATES])
    scratch[states : states + len(reduction.core)] = state[list(reduction.core)]
    scratch[states + len(reduction.core)] = 1.0
    return system, scratch, state, reduction.core


@pytest.mark.parametrize(
    "text",
    [
        "A -> B [k = 2]\nB -> A [k = 3]",
        "A + B -> C [k = 2]\nC -> A + B [k = 0.1]\n2C -> D [k = 4]\nD -> 2A [k = 1]\nE + A -> E + B [k = 7]",
        "3A -> 2A + B [k = 2]\n2A + B -> 3C [k = 1]\nC -> A [k = 5]\n0 -> C [k = 1]",
        "A + 2B + C -> D [k = 2]\n4D -> A + B [k = 0.5]\n2C + D -> 2C + 2B [k = 3]",
    ],
)
def test_kernels_factorise_the_shifted_jacobian(text: str) -> None:
    system, scratch, state, core = packed_matrix(text, 4)
    states, x = int(system.integers[AT_STATES]), int(system.integers[AT_VECTOR])
    right = np.random.default_rng(1).normal(size=len(core))
    scratch[x : x + len(core)] = right
    factorise(system.integers, system.floats, 0, scratch, states, 50.0)
    solve(system.integers, 0, scratch, scratch, x)
    jacobian = jacobian_of(parse_network(text), state)[np.ix_(core, core)]
    expected = np.linalg.solve(50.0 * np.eye(len(core)) - jacobian, right)
    np.testing.assert_allclose(scratch[x : x + len(core)], expected, rtol=1e-11, atol=1e-14)


def test_joined_systems_are_solved_as_they_are_alone() -> None:
    texts = (
        "A -> B [k = 2]\nA @initial 1",
        "X -> 2X\nX + Y -> 2Y\nY -> 0\nX -> X + S\nX @initial 1\nY @initial 0.4",
        "3P -> 2P + Q [k = 40]\nQ + C -> C [k = 3]\nP @initial 2\nC @initial 0.7",
        "A + B -> C [k = 1e6]\nC -> A + B [k = 1e3]\nA @initial 1\nB @initial 2",
    )
    networks = [parse_network(text) for text in texts]
    systems = [pack(reduce_network(network)) for network in networks]
    joined, starts = join(systems)
    functions = np.zeros(FUNCTION_COUNT, dtype=np.int64)
    scratch = np.zeros(max(system.scratch_size for system in systems))

    def end(system: PackedSystem, base: int, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
        state = start.copy()
        controls = Controls(1e-8, np.full(len(state), 1e-12), 100_000)
        outcome, _, steps = integrate(
            system.integers, system.floats, base, functions, state, 2.0, NO_WATCH, controls, scratch,
            np.empty(0), np.empty((0, 0)), None,
        )  # fmt: skip
        assert outcome == 0
        return state, steps

    for network, system, base in zip(networks, systems, starts, strict=True):
        alone, within = (end(*where, initial_state(network)) for where in ((system, 0), (joined, int(base))))
        assert np.array_equal(alone[0], within[0])
        assert alone[1] == within[1]


def test_joining_leaves_its_parts_as_they_were() -> None:
    system = pack(reduce_network(parse_network("A -> B\nB -> C")))
    before = system.integers.copy()
    join([system, system])
    assert np.array_equal(system.integers, before)
