"""Variables, their powers with or without an absolute value, and products of these."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from neuralcrn.errors import InvalidValueError, printable

Shape = int | tuple[int, ...]
"""Shape of an array of variables: a length, a tuple of lengths, or () for a scalar."""

MAX_ELEMENTS = 300_000
"""Largest number of variables in one array; larger numbers are assumed to be typing errors."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, order=True)
class Variable:
    """A signed quantity: a name and, in an array, the index of the element, counted from 0.

    Parameters
    ----------
    name : str
        Letters, digits and underscores, as an SBML identifier.
    index : tuple of int
        Position in the array; () for a scalar.

    Raises
    ------
    InvalidValueError
        If the name is not an identifier or an index is negative.

    Examples
    --------
    >>> print(Variable("theta", (0, 1)), Variable("theta", (0, 1)).species, Variable("h").species)
    theta[0,1] theta1_2 h
    """

    name: str
    index: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.name):
            raise InvalidValueError(
                f"variable name {printable(self.name)!r}: use ASCII letters, digits and underscores, "
                "beginning with a letter"
            )
        if any(i < 0 for i in self.index):
            raise InvalidValueError(f"index {self.index} of {self.name} is negative: count from 0")

    def __str__(self) -> str:
        return f"{self.name}[{','.join(map(str, self.index))}]" if self.index else self.name

    @property
    def species(self) -> str:
        """Name without brackets, with indices counted from 1; rails append `_p` and `_n`."""
        return self.name + "_".join([str(i + 1) for i in self.index])


def elements_of(name: str, shape: Shape) -> tuple[Variable, ...]:
    """Return the variables of an array in row-major order.

    Parameters
    ----------
    name : str
        Name of the array.
    shape : int or tuple of int
        Shape, () for a scalar.

    Raises
    ------
    InvalidValueError
        If a length is below 1 or the array has more than `MAX_ELEMENTS` elements.

    Examples
    --------
    >>> [str(v) for v in elements_of("theta", (1, 2))]
    ['theta[0,0]', 'theta[0,1]']
    """
    extent = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 1 for n in extent) or math.prod(extent) > MAX_ELEMENTS:
        raise InvalidValueError(
            f"shape {extent} of {printable(name)}: each length must be at least 1 and all together "
            f"at most {MAX_ELEMENTS} elements"
        )
    return tuple(Variable(name, index) for index in itertools.product(*map(range, extent)))


@dataclass(frozen=True, slots=True)
class Factor:
    """`variable**power`, times `|variable|` if `absolute`.

    Since |v|**2 = v**2, every product of v and |v| has a unique form of this kind.

    Raises
    ------
    InvalidValueError
        If the power is negative, or if the factor would be 1.

    Examples
    --------
    >>> factor = Factor(Variable("z"), 1, absolute=True)
    >>> print(factor, factor.degree, factor.sign_exponent)
    z*|z| 2 1
    """

    variable: Variable
    power: int = 1
    absolute: bool = False

    def __post_init__(self) -> None:
        if self.power < 0 or self.degree == 0:
            raise InvalidValueError(f"power {self.power} of {self.variable}: a factor needs a positive power")

    def __str__(self) -> str:
        signed = f"{self.variable}^{self.power}" if self.power > 1 else str(self.variable)
        if not self.absolute:
            return signed
        return f"{signed}*|{self.variable}|" if self.power else f"|{self.variable}|"

    @property
    def degree(self) -> int:
        """Power of the magnitude: the factor is sgn(v)**sign_exponent * |v|**degree."""
        return self.power + self.absolute

    @property
    def sign_exponent(self) -> int:
        """1 if the factor is an odd function of its variable, else 0."""
        return self.power % 2


@dataclass(frozen=True, slots=True)
class Monomial:
    """A product of factors, sorted by variable, with one factor per variable; the empty product is 1.

    Parameters
    ----------
    factors : tuple of Factor
        In any order; factors of the same variable are merged.

    Examples
    --------
    >>> z = Variable("z")
    >>> absolute = Monomial((Factor(z, 0, absolute=True),))
    >>> print(absolute * absolute, absolute * Monomial((Factor(z),)))
    z^2 z*|z|
    """

    factors: tuple[Factor, ...] = ()

    def __post_init__(self) -> None:
        if any(not a.variable < b.variable for a, b in itertools.pairwise(self.factors)):
            object.__setattr__(self, "factors", tuple(_merged(self.factors)))

    def __str__(self) -> str:
        return "*".join(map(str, self.factors)) or "1"

    def __mul__(self, other: Monomial) -> Monomial:
        return Monomial(self.factors + other.factors)

    @property
    def degree(self) -> int:
        """Number of multiplied variables; |v| counts as one."""
        return sum(factor.degree for factor in self.factors)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Variables that occur, sorted."""
        return tuple(factor.variable for factor in self.factors)

    def magnitude(self) -> Monomial:
        """Return the absolute value of this product, which is again a product.

        Examples
        --------
        >>> print(Monomial((Factor(Variable("x"), 3), Factor(Variable("z")))).magnitude())
        x^2*|x|*|z|
        """
        return Monomial(
            tuple(Factor(f.variable, f.degree - f.degree % 2, f.degree % 2 == 1) for f in self.factors)
        )

    def differentiate(self, variable: Variable) -> tuple[int, Monomial]:
        """Return the derivative with respect to `variable` as an integer factor, possibly 0, and a product.

        For a >= 1, d(v**a |v|)/dv = (a + 1) v**(a - 1) |v|.

        Raises
        ------
        InvalidValueError
            If |v| occurs without v, because its derivative is discontinuous at 0.

        Examples
        --------
        >>> z = Variable("z")
        >>> number, rest = Monomial((Factor(z, 1, absolute=True),)).differentiate(z)
        >>> print(number, rest)
        2 |z|
        """
        for position, factor in enumerate(self.factors):
            if factor.variable == variable:
                if factor.power == 0:
                    raise InvalidValueError(
                        f"|{variable}| alone has no derivative at 0 in this algebra: "
                        f"write {variable}*|{variable}|, whose derivative is 2*|{variable}|"
                    )
                lowered = (Factor(variable, factor.power - 1, factor.absolute),) if factor.degree > 1 else ()
                rest = self.factors[:position] + lowered + self.factors[position + 1 :]
                return factor.degree, Monomial(rest)
        return 0, Monomial()


def _merged(factors: tuple[Factor, ...]) -> Iterator[Factor]:
    """Yield one factor per variable, sorted, with |v|*|v| replaced by v**2."""
    powers: dict[Variable, tuple[int, int]] = {}
    for factor in factors:
        power, absolutes = powers.get(factor.variable, (0, 0))
        powers[factor.variable] = (power + factor.power, absolutes + factor.absolute)
    for variable in sorted(powers):
        power, absolutes = powers[variable]
        yield Factor(variable, power + absolutes - absolutes % 2, absolutes % 2 == 1)
