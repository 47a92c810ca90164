"""Directions of sensitivities: derivatives of rate constants and initial values, prepared for the kernels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.packing import (
    ENTRY_COUNT,
    JACOBIAN_COUNT,
    JACOBIAN_POSITION,
    NONZERO_COUNT,
    PackedSystem,
)
from neuralcrn.engines.native.reduction import Monomial, Reduction, derivative
from neuralcrn.engines.native.scales import Scales, exponent_of

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
    curvature : sensitivity_kernels.Curvature
        Second derivatives of the system.
    """

    names: tuple[str, ...]
    rates: Vector
    start: Vector
    magnitudes: Vector
    controlled: bool
    curvature: Any

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
        return ScaledDirections(self, np.ldexp(entries, units), np.ldexp(core, units), units)


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

    def columns(self, reduction: Reduction, system: PackedSystem, times: int) -> Any:
        """Return the argument of a new integration, `sensitivity_kernels.Columns`."""
        from neuralcrn.engines.native.sensitivity_kernels import Columns

        (core, count), integers, curvature = self.start.shape, system.integers, self.directions.curvature
        entry, column = np.nonzero(self.entries)
        rows = np.array([row for row, _, _ in reduction.core_entries], dtype=np.int64)
        return Columns(
            count=count,
            controlled=self.directions.controlled,
            curvature=curvature,
            source_entry=np.ascontiguousarray(entry),
            source_place=rows[entry] * count + column,
            source_value=self.entries[entry, column],
            start=self.start.flatten(),
            stage=np.zeros(core * count),
            steps=np.zeros((8, core * count)),
            fluxes=np.zeros(len(rows)),
            bends=np.zeros(len(curvature.entry)),
            slopes=np.zeros(int(integers[JACOBIAN_COUNT])),
            matrix=np.zeros(int(integers[NONZERO_COUNT])),
            records=np.full((times, core * count), np.nan),
        )

    def read(self, columns: Any, scales: Scales) -> tuple[Vector, Vector]:
        """Return the recorded and the last sensitivities of the core, in the units of the network."""
        back = scales.concentration - self.units
        records = columns.records.reshape(len(columns.records), *self.start.shape)
        return np.ldexp(records, back), np.ldexp(columns.start.reshape(self.start.shape), back)


def curvature_of(reduction: Reduction, system: PackedSystem) -> Any:
    """Return the second derivatives of a system, `sensitivity_kernels.Curvature`."""
    from neuralcrn.engines.native.sensitivity_kernels import Curvature

    plan = reduction.elimination
    pattern = [
        (row, plan.column[place])
        for row in range(len(reduction.core))
        for place in range(plan.row_pointer[row], plan.row_pointer[row + 1])
    ]
    position = {where: place for place, where in enumerate(pattern)}
    terms: list[tuple[int, int, int, float]] = []
    rests: list[Monomial] = []
    for entry, (row, monomial, _) in enumerate(reduction.core_entries):
        factors = reduction.monomials[monomial]
        for along in sorted(set(factors)):
            power, rest = derivative(factors, along)
            for other in sorted(set(rest)):
                second, remaining = derivative(rest, other)
                terms.append((position[row, other], entry, along, float(power * second)))
                rests.append(remaining)
    start = int(system.integers[JACOBIAN_POSITION])
    places = np.unique(system.integers[start : start + int(system.integers[JACOBIAN_COUNT])])
    at_places = np.array(pattern, dtype=np.int64).reshape(-1, 2)[places]
    return Curvature(
        position=_indices(term[0] for term in terms),
        entry=_indices(term[1] for term in terms),
        along=_indices(term[2] for term in terms),
        coefficient=np.array([term[3] for term in terms], dtype=np.float64),
        pointer=_indices(accumulate(map(len, rests), initial=0)),
        factor=_indices(factor for rest in rests for factor in rest),
        places=places,
        rows=np.ascontiguousarray(at_places[:, 0]),
        columns=np.ascontiguousarray(at_places[:, 1]),
    )


def _indices(values: Any) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)
