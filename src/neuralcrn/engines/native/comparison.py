"""Bitwise comparison of machine code with the loops on random numbers.

The computations of the functions of a system depend only on its structure; weights, states and slopes are
data. These are drawn at order one, so that no term of a sum is too small to affect the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    AT_WEIGHTS,
    PackedSystem,
    pack,
    row_width,
    scratch_layout,
)
from neuralcrn.engines.native.reduction import Reduction
from neuralcrn.engines.native.steps import (
    EXPLICIT,
    FUNCTION_COUNT,
    ROSENBROCK,
    accumulate,
    begin,
    explicit_step,
    rosenbrock_step,
)

_TRIALS = 4

Vector = NDArray[np.float64]
Integers = NDArray[np.int64]
Call = Callable[[PackedSystem, Integers, Vector, Vector, float], Any]


def first_difference(reduction: Reduction, functions: Integers) -> str | None:
    """Return the name of a function of machine code whose results differ from those of the loops.

    Parameters
    ----------
    reduction : Reduction
        The system.
    functions : ndarray of int64, shape (FUNCTION_COUNT,)
        Addresses; functions with address 0 are not compared.

    Returns
    -------
    str or None
        None if all results of all trials are identical.
    """
    rng, system, loops = np.random.default_rng(0), pack(reduction), np.zeros(FUNCTION_COUNT, dtype=np.int64)
    for _ in range(_TRIALS):
        state, scratch, h = _state(reduction, rng), _scratch(reduction, system, rng), rng.uniform(0.01, 0.1)
        for name, (call, slots) in _CALLS.items():
            other = scratch.copy()
            call(system, loops, state, scratch, h)
            call(system, functions, state, other, h)
            places = _places(reduction, slots)
            if not np.array_equal(scratch[places], other[places], equal_nan=True):
                return name
    return None


def _state(reduction: Reduction, rng: np.random.Generator) -> Vector:
    """Return random concentrations for the species used by folding."""
    constants = [species for terms in reduction.weights for term in terms for species in term.constants]
    return rng.uniform(0.5, 1.5, max(constants, default=0) + 1)


def _scratch(reduction: Reduction, system: PackedSystem, rng: np.random.Generator) -> Vector:
    """Return a random scratch vector in the state at the beginning of a step."""
    layout, width, size = scratch_layout(reduction), row_width(reduction), len(reduction.core)
    scratch = rng.uniform(0.5, 1.0, system.scratch_size)
    weights = _places(reduction, ((AT_WEIGHTS, 1),))
    scratch[weights] = rng.uniform(-1.0, 1.0, len(weights)) / max(1, len(weights))
    scratch[layout[AT_STATES] + size : layout[AT_SLOPES] : width] = 1.0
    scratch[layout[AT_VECTOR] + size] = 1.0
    right_hand_side(system.integers, 0, scratch, layout[AT_STATES], layout[AT_SLOPES])
    return scratch


def _places(reduction: Reduction, slots: tuple[tuple[int, int], ...]) -> Integers:
    """Return the indices of scratch that contain results; for rows, those of the core."""
    layout, width, size = scratch_layout(reduction), row_width(reduction), len(reduction.core)
    lengths = {
        AT_WEIGHTS: len(reduction.weights),
        AT_INTEGRALS: len(reduction.integrated),
    }
    return np.concatenate(
        [
            layout[slot] + row * width + np.arange(lengths.get(slot, size))
            for slot, rows in slots
            for row in range(rows)
        ]
    )


def _fold(system: PackedSystem, functions: Integers, state: Vector, scratch: Vector, _h: float) -> None:
    begin(system.integers, system.floats, 0, functions, state, scratch)


def _explicit(system: PackedSystem, functions: Integers, _state: Vector, scratch: Vector, h: float) -> None:
    explicit_step(system.integers, 0, functions, scratch, h)


def _rosenbrock(system: PackedSystem, functions: Integers, _state: Vector, scratch: Vector, h: float) -> None:
    rosenbrock_step(system.integers, system.floats, 0, functions, scratch, h)


def _integrals(method: int) -> Call:
    def call(system: PackedSystem, functions: Integers, _state: Vector, scratch: Vector, h: float) -> None:
        accumulate(system.integers, system.floats, 0, functions, scratch, method, h)

    return call


_CALLS: dict[str, tuple[Call, tuple[tuple[int, int], ...]]] = {
    "explicit step": (_explicit, ((AT_STATES, 7), (AT_SLOPES, 7), (AT_ESTIMATE, 1))),
    "integrals of explicit steps": (_integrals(EXPLICIT), ((AT_INTEGRALS, 1),)),
    "Rosenbrock step": (
        _rosenbrock,
        ((AT_STATES, 8), (AT_INCREMENTS, 8), (AT_ESTIMATE, 1), (AT_VECTOR, 1)),
    ),
    "integrals of Rosenbrock steps": (_integrals(ROSENBROCK), ((AT_INTEGRALS, 1),)),
    "folding": (_fold, ((AT_WEIGHTS, 1),)),
}
"""Function to call, with integrals after their steps, and positions of the results: slots, and numbers of
rows.
"""
