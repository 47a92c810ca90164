"""Sensitivities of a system as index arrays, which drive their kernels; see `packing`.

A plan is one vector of integers: a header, whose slots are named here, and lists. It is made once per system,
and completed for each integration. The numbers that all columns share are in the scratch vector of the
integration, after those of the system. Those of the columns are in one matrix of lanes: for each block of
`LANE_COUNT` columns `BLOCK_MATRICES` matrices, which have one row for each core species.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.packing import JACOBIAN_COUNT, JACOBIAN_POSITION, NONZERO_COUNT, PackedSystem
from neuralcrn.engines.native.reduction import Monomial, Reduction, derivative

Integers = NDArray[np.int64]

(
    BLOCK_COUNT,
    CONTROLLED,  # 1 if the errors of columns limit the step size
    AT_WORST,  # lanes: a row with the largest errors
    AT_SOURCES,  # the nonzero entries of the derivative of W
    AT_STATE_SHARES,  # scratch: for each stage the coefficients of the steps before in its state
    AT_STEP_SHARES,  # and in its own step
    AT_FLUXES,  # for each stage the monomials of the core entries
    AT_JACOBIANS,  # for each stage J
    AT_BENT,  # for each stage the derivative of J(y) v along its increment v
    AT_JACOBIAN_TERMS,  # terms of J without W
    AT_BENDS,  # terms of the derivative of J
    AT_NEGATIVE,  # -J, in the pattern of the elimination
    SCRATCH_END,
    PLACE_COUNT,  # entries of J
    BENT_COUNT,  # entries of its derivative
    BEND_COUNT,
    PLACE,  # lists: the place of every entry of J in the pattern of the elimination
    PLACE_POINTER,  # the entries of each row of J
    PLACE_COLUMN,
    BENT_POINTER,  # the entries of each row of its derivative
    BENT_COLUMN,
    BEND_POSITION,  # term i adds power W[entry] v[along] prod(y[factors]) to the entry at a position
    BEND_ENTRY,
    BEND_ALONG,
    BEND_POWER,
    BEND_POINTER,
    BEND_FACTOR,
    SOURCE_POINTER,  # the sources of each block
    SOURCE_ENTRY,
    SOURCE_ROW,
    HEADER,
) = range(31)

AT_START, AT_STAGE, AT_STEPS, BLOCK_MATRICES = 0, 1, 2, 10
"""Matrices of a block: its columns at the start of a step; at a stage, at last at the end of the step; and 8
slopes or increments, the last of them the error.
"""


def plan_columns(reduction: Reduction, system: PackedSystem) -> Integers:
    """Return the plan of a system, without columns."""
    elimination = reduction.elimination
    position = elimination.positions
    terms: list[tuple[int, int, int, int]] = []
    rests: list[Monomial] = []
    for entry, (row, monomial, _) in enumerate(reduction.core_entries):
        factors = reduction.monomials[monomial]
        for along in sorted(set(factors)):
            power, rest = derivative(factors, along)
            for other in sorted(set(rest)):
                second, remaining = derivative(rest, other)
                terms.append((position[row, other], entry, along, power * second))
                rests.append(remaining)
    bends = np.array(terms, dtype=np.int64).reshape(-1, 4)
    start, count = int(system.integers[JACOBIAN_POSITION]), int(system.integers[JACOBIAN_COUNT])
    places = np.unique(system.integers[start : start + count])
    bent, bend_position = np.unique(bends[:, 0], return_inverse=True)
    columns = np.array(elimination.column, dtype=np.int64)
    lists = {
        PLACE: places,
        PLACE_POINTER: np.searchsorted(places, elimination.row_pointer),
        PLACE_COLUMN: columns[places],
        BENT_POINTER: np.searchsorted(bent, elimination.row_pointer),
        BENT_COLUMN: columns[bent],
        BEND_POSITION: bend_position,
        BEND_ENTRY: bends[:, 1],
        BEND_ALONG: bends[:, 2],
        BEND_POWER: bends[:, 3],
        BEND_POINTER: np.array([0, *accumulate(map(len, rests))]),
        BEND_FACTOR: np.array([factor for rest in rests for factor in rest], dtype=np.int64),
    }
    lengths = {
        AT_STATE_SHARES: 64,
        AT_STEP_SHARES: 64,
        AT_FLUXES: 8 * len(reduction.core_entries),
        AT_JACOBIANS: 8 * len(places),
        AT_BENT: 8 * len(bent),
        AT_JACOBIAN_TERMS: count,
        AT_BENDS: len(bends),
        AT_NEGATIVE: int(system.integers[NONZERO_COUNT]),
    }
    ends = list(accumulate(lengths.values(), initial=system.scratch_size))
    header = np.zeros(HEADER, dtype=np.int64)
    header[[*lengths, SCRATCH_END]] = ends
    header[[PLACE_COUNT, BENT_COUNT, BEND_COUNT]] = len(places), len(bent), len(bends)
    return _with_lists(header, lists)


def _with_lists(plan: Integers, lists: dict[int, Integers]) -> Integers:
    """Return a plan with further lists."""
    starts = list(accumulate(map(len, lists.values()), initial=len(plan)))
    longer = np.concatenate([plan, *lists.values()])
    longer[list(lists)] = starts[:-1]
    return longer


def with_columns(
    plan: Integers, sources: NDArray[np.bool_], rows: Integers, size: int, controlled: bool
) -> Integers:
    """Return the plan of an integration.

    Parameters
    ----------
    plan : ndarray of int64
        That of the system.
    sources : ndarray of bool, shape (blocks, entries)
        Whether the derivative of an entry of W is nonzero in a block.
    rows : ndarray of int64, shape (entries,)
        The row of each entry of W.
    size : int
        Number of core species.
    controlled : bool
        Whether the errors of columns limit the step size.
    """
    blocks, (block, entry) = len(sources), np.nonzero(sources)
    lists = {
        SOURCE_POINTER: np.searchsorted(block, np.arange(blocks + 1)),
        SOURCE_ENTRY: entry,
        SOURCE_ROW: rows[entry],
    }
    longer, rows_of_blocks = _with_lists(plan, lists), BLOCK_MATRICES * blocks * size
    longer[[BLOCK_COUNT, CONTROLLED]] = blocks, controlled
    longer[[AT_WORST, AT_SOURCES]] = rows_of_blocks, rows_of_blocks + 1
    return longer
