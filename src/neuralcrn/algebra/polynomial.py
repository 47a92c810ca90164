"""Polynomials in signed variables v and their absolute values |v|."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuralcrn.algebra.latex import polynomial_latex
from neuralcrn.algebra.monomial import Factor, Monomial, Variable
from neuralcrn.errors import InvalidValueError, printable

Value = float | npt.NDArray[np.float64]
"""Value of a variable: a number or an array."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Polynomial:
    """A sum of products of v and |v| with real coefficients, in a normal form.

    Parameters
    ----------
    terms : iterable of (Monomial, float)
        In any order. Like terms are merged and zeros are removed; terms are sorted by decreasing degree, then
        by name.

    Raises
    ------
    InvalidValueError
        If a coefficient is not finite.

    Examples
    --------
    >>> z, beta = Polynomial.of(Variable("z")), Polynomial.of(Variable("beta"))
    >>> f = beta - z * abs(z)
    >>> print(f, "and its derivative", f.differentiate(Variable("z")))
    -z*|z| + beta and its derivative -2*|z|
    >>> float(f.evaluate({Variable("z"): -3.0, Variable("beta"): 1.0}))
    10.0
    """

    terms: tuple[tuple[Monomial, float], ...]

    def __init__(self, terms: Iterable[tuple[Monomial, float]] = ()) -> None:
        merged: dict[Monomial, float] = {}
        for monomial, coefficient in terms:
            merged[monomial] = merged.get(monomial, 0.0) + float(coefficient)
        for monomial, coefficient in merged.items():
            if not math.isfinite(coefficient):
                raise InvalidValueError(f"coefficient {coefficient} of {monomial}: it must be finite")
        kept = [term for term in merged.items() if term[1] != 0.0]
        if len(kept) > 1:
            kept.sort(key=_paper_order)
        object.__setattr__(self, "terms", tuple(kept))

    @classmethod
    def constant(cls, value: float) -> Polynomial:
        """Return the constant polynomial `value`."""
        return cls(((Monomial(), value),))

    @classmethod
    def of(cls, variable: Variable) -> Polynomial:
        """Return the polynomial that consists of one variable."""
        return cls(((Monomial((Factor(variable),)), 1.0),))

    def __add__(self, other: Polynomial | float) -> Polynomial:
        right = _lifted(other)
        return NotImplemented if right is None else Polynomial((*self.terms, *right.terms))

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial((monomial, -coefficient) for monomial, coefficient in self.terms)

    def __sub__(self, other: Polynomial | float) -> Polynomial:
        right = _lifted(other)
        return NotImplemented if right is None else self + -right

    def __rsub__(self, other: Polynomial | float) -> Polynomial:
        return -self + other

    def __mul__(self, other: Polynomial | float) -> Polynomial:
        right = _lifted(other)
        if right is None:
            return NotImplemented
        pairs = itertools.product(self.terms, right.terms)
        return Polynomial((m * n, c * d) for (m, c), (n, d) in pairs)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Polynomial:
        if exponent < 0:
            raise InvalidValueError(f"power {exponent}: powers must not be negative")
        result, square = Polynomial.constant(1.0), self
        while exponent:
            if exponent % 2:
                result = result * square
            exponent //= 2
            if exponent:
                square = square * square
        return result

    def __abs__(self) -> Polynomial:
        if len(self.terms) > 1:
            raise InvalidValueError(
                f"|{self}|: the absolute value of a sum is not a polynomial in v and |v|; "
                "introduce a variable for the sum"
            )
        return Polynomial((monomial.magnitude(), abs(coefficient)) for monomial, coefficient in self.terms)

    def __str__(self) -> str:
        if self.is_zero:
            return "0"
        (monomial, coefficient), *others = self.terms
        pieces = ["-" * (coefficient < 0) + _term_text(monomial, coefficient)]
        pieces += [f"{'-' if c < 0 else '+'} {_term_text(m, c)}" for m, c in others]
        return " ".join(pieces)

    def __repr__(self) -> str:
        return f"<Polynomial: {printable(str(self))}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {polynomial_latex(self)}$"

    @property
    def is_zero(self) -> bool:
        """Whether the polynomial is zero."""
        return not self.terms

    @property
    def degree(self) -> int:
        """Largest degree of a term; 0 for constants and for zero."""
        return self.terms[0][0].degree if self.terms else 0

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Variables that occur, sorted."""
        return tuple(sorted({f.variable for monomial, _ in self.terms for f in monomial.factors}))

    def coefficient(self, monomial: Monomial) -> float:
        """Return the coefficient of a product, or 0 if it does not occur."""
        return dict(self.terms).get(monomial, 0.0)

    def differentiate(self, variable: Variable) -> Polynomial:
        """Return the partial derivative, with d(v|v|)/dv = 2|v|.

        Raises
        ------
        InvalidValueError
            If |v| occurs without v in a term.
        """
        return Polynomial(
            (rest, number * coefficient)
            for monomial, coefficient in self.terms
            for number, rest in (monomial.differentiate(variable),)
        )

    def substitute(self, replacements: Mapping[Variable, Polynomial]) -> Polynomial:
        """Return the polynomial with variables replaced simultaneously.

        Raises
        ------
        InvalidValueError
            If |v| occurs and v is replaced by a sum, because |sum| is not a polynomial.

        Examples
        --------
        >>> z, x = Variable("z"), Polynomial.of(Variable("x"))
        >>> print((Polynomial.of(z) * abs(Polynomial.of(z))).substitute({z: -2 * x}))
        -4*x*|x|
        """
        return sum_of(_substituted(monomial, replacements) * c for monomial, c in self.terms)

    def evaluate(self, values: Mapping[Variable, Value]) -> Value:
        """Return the value at one point, or at many points given as arrays that broadcast together.

        Parameters
        ----------
        values : mapping of Variable to float or array
            A value for every variable that occurs.

        Raises
        ------
        InvalidValueError
            If a variable has no value.
        """
        total: Value = 0.0
        for monomial, coefficient in self.terms:
            product: Value = coefficient
            for factor in monomial.factors:
                if factor.variable not in values:
                    raise InvalidValueError(f"{factor.variable} has no value: give one to evaluate {self}")
                value = values[factor.variable]
                if factor.power:
                    product = product * value**factor.power
                if factor.absolute:
                    product = product * abs(value)
            total = total + product
        return total


def sum_of(polynomials: Iterable[Polynomial]) -> Polynomial:
    """Return the sum, merging all terms once; faster than repeated addition.

    Examples
    --------
    >>> print(sum_of(Polynomial.of(Variable("x", (i,))) for i in range(3)))
    x[0] + x[1] + x[2]
    """
    return Polynomial(itertools.chain.from_iterable(p.terms for p in polynomials))


def without_signs(polynomial: Polynomial, names: Iterable[str]) -> Polynomial:
    """Return the polynomial with |v| replaced by v for all variables of the given names.

    Examples
    --------
    >>> x, z = Polynomial.of(Variable("x")), Polynomial.of(Variable("z"))
    >>> print(without_signs(x * abs(x) * abs(z), ["x"]))
    x^2*|z|
    """
    positive = frozenset(names)
    if not positive:
        return polynomial

    def plain(factor: Factor) -> Factor:
        if factor.absolute and factor.variable.name in positive:
            return Factor(factor.variable, factor.degree)
        return factor

    return Polynomial((Monomial(tuple(map(plain, m.factors))), c) for m, c in polynomial.terms)


def _lifted(value: object) -> Polynomial | None:
    """Return a polynomial for a polynomial or a number, and None for other types."""
    if isinstance(value, Polynomial):
        return value
    if isinstance(value, (int, float, np.integer, np.floating)):
        return Polynomial.constant(float(value))
    return None


def _substituted(monomial: Monomial, replacements: Mapping[Variable, Polynomial]) -> Polynomial:
    kept = tuple(f for f in monomial.factors if f.variable not in replacements)
    result = Polynomial(((Monomial(kept), 1.0),))
    for factor in monomial.factors:
        if factor.variable in replacements:
            replacement = replacements[factor.variable]
            result = result * replacement**factor.power
            if factor.absolute:
                result = result * abs(replacement)
    return result


def _paper_order(term: tuple[Monomial, float]) -> tuple[int, list[tuple[str, tuple[int, ...], int]]]:
    # Plain tuples, because comparing the objects is several times slower.
    # Power and absolute value are combined in one number: higher powers first, v*v before v*|v|.
    keys = [(f.variable.name, f.variable.index, -2 * f.power - f.absolute) for f in term[0].factors]
    return -term[0].degree, keys


def _term_text(monomial: Monomial, coefficient: float) -> str:
    size = abs(coefficient)
    number = str(int(size)) if size.is_integer() and size < 1e16 else repr(size)
    if not monomial.factors:
        return number
    return str(monomial) if size == 1.0 else f"{number}*{monomial}"
