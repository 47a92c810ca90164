"""Numerical evaluation of polynomials, used to integrate reference solutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra.monomial import Variable
from neuralcrn.algebra.polynomial import Polynomial

Vector = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True, eq=False)
class PolynomialMap:
    """Polynomials as index arrays, evaluated together.

    Attributes
    ----------
    count : int
        Number of polynomials.
    rows : ndarray of int64, shape (terms,)
        Polynomial to which each term belongs.
    coefficients : ndarray of float64, shape (terms,)
        Coefficient of each term.
    factors : ndarray of int64, shape (terms, degree)
        Indices of the factors in ``[values, |values|, signs, 1]``; the last index pads short terms.
    size : int
        Number of variables.

    Examples
    --------
    >>> z = Variable("z")
    >>> square = Polynomial.of(z) * abs(Polynomial.of(z))
    >>> PolynomialMap.of([square, 2 - square], [z])(np.array([-3.0]))
    array([-9., 11.])
    """

    count: int
    rows: NDArray[np.int64]
    coefficients: Vector
    factors: NDArray[np.int64]
    size: int

    @classmethod
    def of(cls, polynomials: Sequence[Polynomial], variables: Sequence[Variable]) -> PolynomialMap:
        """Return a function that evaluates `polynomials` at given values of `variables`, in this order."""
        place = {variable: i for i, variable in enumerate(variables)}
        size = len(variables)
        rows: list[int] = []
        coefficients: list[float] = []
        factors: list[list[int]] = []
        for row, polynomial in enumerate(polynomials):
            for monomial, coefficient in polynomial.terms:
                rows.append(row)
                coefficients.append(coefficient)
                factors.append(
                    [
                        place[f.variable] + offset
                        for f in monomial.factors
                        for offset in [0] * f.power + [size] * f.absolute
                    ]
                )
        degree = max(map(len, factors), default=0)
        filled = [term + [3 * size] * (degree - len(term)) for term in factors]
        return cls(
            len(polynomials),
            np.array(rows, dtype=np.int64),
            np.array(coefficients, dtype=np.float64),
            np.array(filled, dtype=np.int64).reshape(len(rows), degree),
            size,
        )

    def derivatives(self, variables: Sequence[int]) -> PolynomialMap:
        """Return the partial derivatives of each polynomial with respect to variables given by index.

        Computed by the product rule with d|v|/dv = sgn(v), independently of the derivatives of `Polynomial`,
        from which the reactions are derived.
        """
        column = {variable: j for j, variable in enumerate(variables)}
        terms, positions = np.nonzero(np.isin(self.factors % max(self.size, 1), list(column)))
        inside = self.factors[terms, positions] < 2 * self.size
        terms, positions = terms[inside], positions[inside]
        found = self.factors[terms, positions]
        columns = np.array([column[v] for v in found % max(self.size, 1)], dtype=np.int64)
        factors = self.factors[terms]
        # v becomes 1, |v| becomes the sign of v
        factors[np.arange(len(terms)), positions] = np.where(
            found < self.size, 3 * self.size, found + self.size
        )
        rows = self.rows[terms] * len(column) + columns
        return PolynomialMap(self.count * len(column), rows, self.coefficients[terms], factors, self.size)

    def __call__(self, values: Vector) -> Vector:
        extended = np.concatenate([values, np.abs(values), np.sign(values), [1.0]])
        terms = self.coefficients * extended[self.factors].prod(axis=1)
        return np.bincount(self.rows, terms, minlength=self.count).astype(np.float64, copy=False)
