"""Natural units of a run, and absolute tolerances of species.

Kernels compute in units of the largest initial amount and of the duration of a run, rounded to powers of two
so that mantissas do not change. Results therefore do not depend on the units of a file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.reduction import Reduction

SMALLEST, LARGEST = 1e-300, 1e300
"""Limits of an absolute tolerance in natural units."""
_NEGLIGIBLE = 1e-12
"""Default absolute tolerance relative to the largest amount of a species."""
_NEGLIGIBLE_OF_RTOL = 1e-3
"""The same, relative to the relative tolerance."""
_TRACE = 1e-4
"""Absolute tolerance relative to the initial amount of a species, since everything may grow from a trace."""
_NORMAL = 1022
"""Powers of two with smaller exponents, of either sign, are normal numbers."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scales:
    """Units of a run, as powers of two.

    Attributes
    ----------
    concentration, time : int
        Exponents of the units in which the kernels compute.
    """

    concentration: int
    time: int

    @classmethod
    def of(cls, reduction: Reduction, rates: Vector, start: Vector, t_end: float) -> Scales:
        """Return the units of a run: the largest initial amount, or inflow, and the duration.

        `rates` has the rate constant, with its coefficient, of every term.
        """
        largest = float(np.abs(start[list(reduction.core)]).max(initial=0.0))
        return cls(exponent_of(largest or _inflow(reduction, rates, start) * t_end), exponent_of(t_end))

    def concentrations(self, values: Vector) -> Vector:
        """Return concentrations in the units of the run."""
        return np.ldexp(values, -self.concentration)

    def times(self, values: Vector) -> Vector:
        """Return times in the units of the run."""
        return np.ldexp(values, -self.time)

    def rates(self, floats: Vector, orders: NDArray[np.int64]) -> Vector:
        """Return the numbers of a packed system, which start with the rate constants, in the units of the
        run.
        """
        scaled = floats.copy()
        scaled[: len(orders)] = np.ldexp(floats[: len(orders)], (orders - 1) * self.concentration + self.time)
        return scaled


def shifted(values: Vector, exponents: NDArray[np.int64]) -> Vector:
    """Return ``ldexp(values, exponents)``, by a product if the powers of two are normal numbers."""
    if np.abs(exponents).max(initial=0) < _NORMAL:
        return values * np.ldexp(1.0, exponents)
    return np.ldexp(values, exponents)


def orders_of_terms(reduction: Reduction) -> NDArray[np.int64]:
    """Return the number of concentrations by which each rate constant of a system is multiplied."""
    return np.array(
        [
            len(term.constants) + len(reduction.monomials[monomial])
            for _, monomial, terms in reduction.core_entries
            for term in terms
        ],
        dtype=np.int64,
    )


def first_tolerances(start: Vector, rtol: float) -> Vector:
    """Return absolute tolerances in units of the run, before the largest amounts are known."""
    traces = np.where(start > 0.0, _TRACE * start, np.inf)
    return np.minimum(_negligible(rtol), traces).clip(SMALLEST)


def finer_tolerances(atol: Vector, largest: Vector, rtol: float) -> Vector:
    """Return smaller tolerances for species whose tolerance exceeds the relative tolerance of the largest
    amount.
    """
    coarse = (largest > 0.0) & (atol > rtol * largest)
    return np.where(coarse, _negligible(rtol) * largest, atol).clip(SMALLEST)


def _negligible(rtol: float) -> float:
    return min(_NEGLIGIBLE, _NEGLIGIBLE_OF_RTOL * rtol)


def _inflow(reduction: Reduction, rates: Vector, start: Vector) -> float:
    """Return the fastest change of a species in the absence of core species."""
    values = iter(rates.tolist())
    changes = [
        sum(next(values) * math.prod(start[list(term.constants)].tolist()) for term in terms)
        for _, _, terms in reduction.core_entries
    ]
    from_nothing = [not reduction.monomials[monomial] for _, monomial, _ in reduction.core_entries]
    return max(
        (abs(change) for change, is_one in zip(changes, from_nothing, strict=True) if is_one), default=0.0
    )


def exponent_of(value: float) -> int:
    """Return the exponent of the power of two nearest to a positive number; 0 for 0."""
    mantissa, exponent = math.frexp(value)
    return exponent - (mantissa < math.sqrt(0.5)) if value else 0
