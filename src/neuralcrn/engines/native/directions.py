"""Directions of sensitivities: derivatives of rate constants and initial values, prepared for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.column_packing import (
    AT_SOURCES,
    AT_START,
    AT_WORST,
    BLOCK_COUNT,
    BLOCK_MATRICES,
    with_columns,
)
from neuralcrn.engines.native.packing import ENTRY_COUNT, PackedSystem
from neuralcrn.engines.native.reduction import Reduction
from neuralcrn.engines.native.scales import Scales, exponent_of, shifted

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Derivatives of the rate constants and of the first state with respect to each parameter.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    rates : ndarray, shape (n_terms, n_parameters)
        Derivatives of the rate constants of all terms, with their coefficients.
    start : ndarray, shape (n_species, n_parameters)
        Derivatives of the first state.
    magnitudes : ndarray, shape (n_parameters,)
        The values of the parameters, with which tolerances are scaled.
    controlled : bool
        Whether the errors of sensitivities limit the step size.
    plan : ndarray of int64
        The plan of the system; see `column_packing`.
    """

    names: tuple[str, ...]
    rates: Vector
    start: Vector
    magnitudes: Vector
    controlled: bool
    plan: NDArray[np.int64]

    def scaled(
        self,
        reduction: Reduction,
        system: PackedSystem,
        orders: NDArray[np.int64],
        scales: Scales,
        first: Vector,
    ) -> ScaledDirections:
        """Return the directions in units of a run, for one unit of each parameter: its value to a power of
        two, or for a parameter that is 0, the change of it that moves a concentration by about its unit.
        """
        from neuralcrn.engines.native.sensitivity_kernels import fold_directions

        floats, begin = scales.rates(system.floats, orders), scales.concentrations(first)
        start = scales.concentrations(self.start)
        rates = np.ldexp(self.rates, ((orders - 1) * scales.concentration + scales.time)[:, None])
        entries = np.zeros((int(system.integers[ENTRY_COUNT]), len(self.names)))
        fold_directions(system.integers, floats, 0, begin, rates, start, entries)
        core = start[list(reduction.core)]
        effects = np.maximum(np.abs(entries).max(axis=0, initial=0.0), np.abs(core).max(axis=0, initial=0.0))
        units = np.array(
            [
                exponent_of(abs(value)) if value else -exponent_of(effect)
                for value, effect in zip(self.magnitudes.tolist(), effects.tolist(), strict=True)
            ],
            dtype=np.int64,
        )
        return ScaledDirections(self, shifted(entries, units), shifted(core, units), units)


@dataclass(frozen=True, slots=True, eq=False)
class ScaledDirections:
    """Directions in units of a run.

    Attributes
    ----------
    directions : Directions
    entries : ndarray, shape (n_entries, n_parameters)
        Derivatives of the entries of W.
    start : ndarray, shape (n_core, n_parameters)
        Derivatives of the core at the start.
    units : ndarray of int64, shape (n_parameters,)
        The unit of each parameter, as a power of two.
    """

    directions: Directions
    entries: Vector
    start: Vector
    units: NDArray[np.int64]

    def columns(self, reduction: Reduction, times: int) -> Any:
        """Return the argument of a new integration, `sensitivity_kernels.Columns`."""
        from neuralcrn.engines.native.lanes import LANE_COUNT, lane_matrix
        from neuralcrn.engines.native.sensitivity_kernels import Columns

        (core, _), rows = self.start.shape, [row for row, _, _ in reduction.core_entries]
        sources, start = _in_blocks(self.entries), _in_blocks(self.start)
        present: Any = sources.any(axis=2)
        plan = with_columns(
            self.directions.plan, present, np.array(rows, dtype=np.int64), core, self.directions.controlled
        )
        values, size = sources[present], start[..., 0].size
        lanes = lane_matrix(int(plan[AT_SOURCES]) + len(values))
        _starts(lanes, plan, core)[:], lanes[plan[AT_SOURCES] :] = start, values
        return Columns(plan, lanes, lane_matrix(times * size).reshape(times, size, LANE_COUNT))

    def read(self, columns: Any, scales: Scales) -> tuple[Vector, Vector]:
        """Return the recorded and the last sensitivities of the core, in the units of the network."""
        from neuralcrn.engines.native.lanes import LANE_COUNT

        back = scales.concentration - self.units
        core, count = self.start.shape
        shape = int(columns.plan[BLOCK_COUNT]), core, LANE_COUNT

        def values(matrices: Vector) -> Vector:
            parts = matrices.reshape(len(matrices), *shape).transpose(0, 2, 1, 3)
            return shifted(parts.reshape(len(matrices), core, shape[0] * shape[2])[:, :, :count], back)

        return values(columns.records), values(_starts(columns.lanes, columns.plan, core)[None])[0]


def _starts(lanes: Vector, plan: NDArray[np.int64], core: int) -> Vector:
    """Return the columns at the start of a step, shape (blocks, core, LANE_COUNT), as a view."""
    shape = int(plan[BLOCK_COUNT]), BLOCK_MATRICES, core, lanes.shape[1]
    return lanes[: plan[AT_WORST]].reshape(shape)[:, AT_START]


def _in_blocks(matrix: Vector) -> Vector:
    """Return the columns of a matrix in blocks, shape (blocks, rows, LANE_COUNT), the last filled with 0."""
    from neuralcrn.engines.native.lanes import LANE_COUNT

    rows, count = matrix.shape
    blocks = -(-count // LANE_COUNT)
    filled = np.zeros((rows, blocks * LANE_COUNT))
    filled[:, :count] = matrix
    return filled.reshape(rows, blocks, LANE_COUNT).transpose(1, 0, 2)
