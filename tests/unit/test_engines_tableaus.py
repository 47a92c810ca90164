"""Order conditions of both methods, tree by tree (Hairer, Norsett, Wanner, II.2 and IV.7)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.engines.native import tableaus

Tree = tuple["Tree", ...]
"""A rooted tree as the tuple of the trees above its root."""
Matrix = NDArray[np.float64]

# In the publication's own terms: stages k = f(y + h sum alpha k) + h J sum Gamma k, weights b.
GAMMA = np.linalg.inv(np.eye(8) / tableaus.RODAS5P_GAMMA - tableaus.RODAS5P_C)
ALPHA = tableaus.RODAS5P_A @ GAMMA
BETA = ALPHA + GAMMA


def trees(order: int) -> list[Tree]:
    if order == 1:
        return [()]
    found = {
        tuple(sorted(combination))
        for parts in partitions(order - 1, order - 1)
        for combination in itertools.product(*map(trees, parts))
    }
    return sorted(found)


def partitions(total: int, largest: int) -> Iterator[tuple[int, ...]]:
    if total == 0:
        yield ()
    for part in range(min(total, largest), 0, -1):
        for rest in partitions(total - part, part):
            yield (part, *rest)


def order_of(tree: Tree) -> int:
    return 1 + sum(map(order_of, tree))


def density(tree: Tree) -> int:
    product = order_of(tree)
    for branch in tree:
        product *= density(branch)
    return product


def elementary_weights(tree: Tree, alpha: Matrix, beta: Matrix) -> Matrix:
    """Return Phi_j of a tree: a vertex of one branch takes beta, of several alpha."""
    matrix = beta if len(tree) == 1 else alpha
    product = np.ones(len(alpha))
    for branch in tree:
        product = product * (matrix @ elementary_weights(branch, alpha, beta))
    return product


def residual(weights: Matrix, order: int, alpha: Matrix, beta: Matrix, theta: float = 1.0) -> float:
    """Return the largest violation of the conditions of exactly this order."""
    return max(
        abs(float(weights @ elementary_weights(tree, alpha, beta)) - theta**order / density(tree))
        for tree in trees(order)
    )


def tsitouras_dense(theta: float) -> Matrix:
    return tableaus.TSIT5_DENSE @ theta ** np.arange(5)


def rodas_dense(theta: float) -> Matrix:
    bend = theta ** np.arange(3) @ tableaus.RODAS5P_DENSE
    return (theta * tableaus.RODAS5P_M + theta * (1.0 - theta) * bend) @ GAMMA


def test_trees_are_counted_rightly() -> None:
    assert [len(trees(order)) for order in range(1, 7)] == [1, 1, 2, 4, 9, 20]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_tsitouras_satisfies_every_condition_up_to_order_five(order: int) -> None:
    assert residual(tableaus.TSIT5_B, order, tableaus.TSIT5_A, tableaus.TSIT5_A) < 1e-13


def test_tsitouras_is_not_of_order_six() -> None:
    assert residual(tableaus.TSIT5_B, 6, tableaus.TSIT5_A, tableaus.TSIT5_A) > 1e-5


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_tsitouras_error_is_against_a_method_of_order_four(order: int) -> None:
    a = tableaus.TSIT5_A
    assert residual(tableaus.TSIT5_B - tableaus.TSIT5_ERROR, order, a, a) < 1e-13


def test_tsitouras_error_sees_the_fifth_order() -> None:
    a = tableaus.TSIT5_A
    assert residual(tableaus.TSIT5_B - tableaus.TSIT5_ERROR, 5, a, a) > 1e-4


def test_tsitouras_is_explicit_and_its_last_stage_is_the_step() -> None:
    assert np.array_equal(np.triu(tableaus.TSIT5_A), np.zeros((7, 7)))
    assert np.array_equal(tableaus.TSIT5_A[6], tableaus.TSIT5_B)
    assert tableaus.TSIT5_B[6] == 0.0


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_rodas_satisfies_every_condition_up_to_order_five(order: int) -> None:
    assert residual(tableaus.RODAS5P_M @ GAMMA, order, ALPHA, BETA) < 1e-12


def test_rodas_is_not_of_order_six() -> None:
    assert residual(tableaus.RODAS5P_M @ GAMMA, 6, ALPHA, BETA) > 1e-3


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_rodas_last_stage_estimates_against_a_method_of_order_four(order: int) -> None:
    embedded = tableaus.RODAS5P_M - np.eye(8)[7]
    assert residual(embedded @ GAMMA, order, ALPHA, BETA) < 1e-12


def test_rodas_error_sees_the_fifth_order() -> None:
    embedded = tableaus.RODAS5P_M - np.eye(8)[7]
    assert residual(embedded @ GAMMA, 5, ALPHA, BETA) > 1e-3


def test_rodas_is_stiffly_accurate_and_vanishes_at_infinity() -> None:
    b = tableaus.RODAS5P_M @ GAMMA
    np.testing.assert_allclose(BETA[7], b, rtol=0, atol=1e-13)
    np.testing.assert_allclose(np.diag(GAMMA), tableaus.RODAS5P_GAMMA, rtol=0, atol=1e-14)
    assert abs(1.0 - b @ np.linalg.solve(BETA, np.ones(8))) < 1e-11


@pytest.mark.parametrize("angle", np.linspace(np.pi / 2, np.pi, 7))
@pytest.mark.parametrize("size", [0.1, 1.0, 10.0, 1e3])
def test_rodas_is_stable_in_the_left_half_plane(angle: float, size: float) -> None:
    z = size * np.exp(1j * angle)
    b = tableaus.RODAS5P_M @ GAMMA
    growth = 1.0 + z * (b @ np.linalg.solve(np.eye(8) - z * BETA, np.ones(8)))
    assert abs(growth) <= 1.0 + 1e-9


def test_stability_bound_of_the_explicit_method_is_the_one_the_driver_uses() -> None:
    """|R(-z)| <= 1 up to about 3.3 on the negative real axis, and beyond it no more."""
    from neuralcrn.engines.native.method_choice import STABILITY

    def growth(z: float) -> float:
        a, b = tableaus.TSIT5_A, tableaus.TSIT5_B
        return abs(1.0 + z * (b @ np.linalg.solve(np.eye(7) - z * a, np.ones(7))))

    assert all(growth(-z) <= 1.0 for z in np.linspace(0.01, 0.95 * STABILITY, 200))
    assert growth(-1.1 * STABILITY) > 1.0


@pytest.mark.parametrize("theta", [0.1, 0.35, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_interpolants_are_of_order_four_everywhere(theta: float, order: int) -> None:
    a = tableaus.TSIT5_A
    assert residual(tsitouras_dense(theta), order, a, a, theta) < 1e-13
    assert residual(rodas_dense(theta), order, ALPHA, BETA, theta) < 1e-12


def test_interpolants_meet_both_ends_of_the_step() -> None:
    np.testing.assert_allclose(tsitouras_dense(1.0), tableaus.TSIT5_B, rtol=0, atol=1e-13)
    np.testing.assert_allclose(rodas_dense(1.0), tableaus.RODAS5P_M @ GAMMA, rtol=0, atol=1e-13)
    assert np.array_equal(tsitouras_dense(0.0), np.zeros(7))
    assert np.array_equal(rodas_dense(0.0), np.zeros(8))


def test_weights_for_quadratures_are_those_of_the_method() -> None:
    np.testing.assert_allclose(tableaus.RODAS5P_B, tableaus.RODAS5P_M @ GAMMA, rtol=0, atol=1e-14)
    np.testing.assert_allclose(tableaus.RODAS5P_STAGES, GAMMA, rtol=0, atol=1e-14)
