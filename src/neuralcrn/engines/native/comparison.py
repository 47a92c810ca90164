"""Bitwise comparison of machine code with the loops on random numbers.

The computations of the functions of a system depend only on its structure; weights, states and slopes are
data. These are drawn at order one, so that no term of a sum is too small to affect the result.
"""

# pyright: basic, reportCallIssue=false
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.algebra_kernels import right_hand_side
from neuralcrn.engines.native.column_packing import (
    AT_FLUXES,
    AT_JACOBIAN_TERMS,
    BLOCK_MATRICES,
    SCRATCH_END,
    plan_columns,
)
from neuralcrn.engines.native.compilation import kernel
from neuralcrn.engines.native.lanes import LANE_COUNT, lane_copy, lane_rows
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_MATRIX,
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
from neuralcrn.engines.native.sensitivity_kernels import advance_block, tabulate
from neuralcrn.engines.native.steps import (
    ALL_FUNCTION_COUNT,
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


@kernel
def _step(integers, floats, functions, scratch, h, method, integrals):
    """Make a step, or advance the integrals over one."""
    if integrals:
        accumulate(integers, floats, 0, functions, scratch, method, h)
    elif method == EXPLICIT:
        explicit_step(integers, 0, functions, scratch, h)
    else:
        rosenbrock_step(integers, floats, 0, functions, scratch, h)


@kernel
def _step_lanes(integers, floats, functions, scratch, numbers, method, integrals):
    """Do the same in every lane."""
    h = lane_rows(numbers)[0]
    _step(integers, lane_rows(floats), functions, lane_rows(scratch), h, method, integrals)


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
    folded = _places(reduction, ((AT_WEIGHTS, 1),))
    for _ in range(_TRIALS):
        state, scratch, h = _state(reduction, rng), _scratch(reduction, system, rng), rng.uniform(0.01, 0.1)
        for name, (method, integrals, slots) in _STEPS.items():
            other, places = scratch.copy(), _places(reduction, slots)
            _step(system.integers, system.floats, loops, scratch, h, method, integrals)
            _step(system.integers, system.floats, functions, other, h, method, integrals)
            if not np.array_equal(scratch[places], other[places], equal_nan=True):
                return name
        other = scratch.copy()
        begin(system.integers, system.floats, 0, loops, state, scratch)
        begin(system.integers, system.floats, 0, functions, state, other)
        if not np.array_equal(scratch[folded], other[folded], equal_nan=True):
            return "folding"
    return None


def first_difference_in_lanes(reduction: Reduction, functions: Integers) -> str | None:
    """Return the same for functions that compute with `lanes`, which are compared with the loops for
    lanes.
    """
    rng, system, loops = np.random.default_rng(0), pack(reduction), np.zeros(FUNCTION_COUNT, dtype=np.int64)
    floats = lane_copy(np.stack([system.floats] * LANE_COUNT, axis=1))
    for _ in range(_TRIALS):
        columns = [_scratch(reduction, system, rng) for _ in range(LANE_COUNT)]
        scratch, h = lane_copy(np.stack(columns, axis=1)), lane_copy(rng.uniform(0.01, 0.1, (1, LANE_COUNT)))
        for name, (method, integrals, slots) in _STEPS.items():
            other, places = lane_copy(scratch), _places(reduction, slots)
            _step_lanes(system.integers, floats, loops, scratch, h, method, integrals)
            _step_lanes(system.integers, floats, functions, other, h, method, integrals)
            if not np.array_equal(scratch[places], other[places], equal_nan=True):
                return f"{name} in lanes"
    return None


def first_difference_of_columns(reduction: Reduction, functions: Integers) -> str | None:
    """Return the same for the functions for sensitivities, and for the matrix that the step of the state
    leaves to them.
    """
    rng, system, plan = np.random.default_rng(0), pack(reduction), plan_columns(reduction, pack(reduction))
    loops, layout = np.zeros(ALL_FUNCTION_COUNT, dtype=np.int64), scratch_layout(reduction)
    matrix = slice(layout[AT_MATRIX], layout[AT_MATRIX] + len(reduction.elimination.column))
    shared = slice(plan[AT_FLUXES], plan[AT_JACOBIAN_TERMS])
    size = BLOCK_MATRICES * len(reduction.core)
    for _ in range(_TRIALS):
        own = rng.uniform(0.1, 0.2, int(plan[SCRATCH_END]))
        own[: system.scratch_size] = _scratch(reduction, system, rng)
        lanes = lane_copy(rng.uniform(-1.0, 1.0, (size, LANE_COUNT)))
        for method, name in ((EXPLICIT, "explicit"), (ROSENBROCK, "Rosenbrock")):
            results = []
            for which in (loops, functions):
                scratch, block = own.copy(), lane_copy(lanes)
                _step(system.integers, system.floats, which, scratch, 0.05, method, False)
                tabulate(system.integers, system.floats, 0, which, scratch, plan, method)
                advance_block(system.integers, 0, which, scratch, plan, block, method)
                results.append((scratch[matrix], scratch[shared], block))
            if not all(map(np.array_equal, *results)):
                return f"sensitivities of {name} steps"
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


_STEPS: dict[str, tuple[int, bool, tuple[tuple[int, int], ...]]] = {
    "explicit step": (EXPLICIT, False, ((AT_STATES, 7), (AT_SLOPES, 7), (AT_ESTIMATE, 1))),
    "integrals of explicit steps": (EXPLICIT, True, ((AT_INTEGRALS, 1),)),
    "Rosenbrock step": (
        ROSENBROCK,
        False,
        ((AT_STATES, 8), (AT_INCREMENTS, 8), (AT_ESTIMATE, 1), (AT_VECTOR, 1)),
    ),
    "integrals of Rosenbrock steps": (ROSENBROCK, True, ((AT_INTEGRALS, 1),)),
}
"""Method, whether its integrals are advanced, after the step, and positions of the results: slots, and
numbers of rows.
"""
