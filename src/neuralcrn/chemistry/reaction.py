"""Species, complexes and reactions as immutable values, and the operators to write them.

>>> a, b, c = species("A B C")
>>> print((a + b >> 2 * c).k(13.7).labelled("forward"))
A + B -> 2 C [k = 13.7]  # forward
>>> for reaction in (a + b | 2 * c).k(0.6).r(4.1):
...     print(reaction)
A + B -> 2 C [k = 0.6]
2 C -> A + B [k = 4.1]
>>> print(NOTHING >> a)
0 -> A [k = 1]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.chemistry.render import reaction_cells, reaction_latex
from neuralcrn.chemistry.values import (
    ORDER_LIMIT,
    TERM_LIMIT,
    checked_coefficient,
    checked_label,
    checked_name,
    checked_quantity,
    format_number,
)
from neuralcrn.display import Displayed, Document, Paragraph
from neuralcrn.errors import InvalidValueError, NetworkError, printable


class _Side(ABC):
    """One side of a reaction; defines the operators of Species and Complex."""

    __slots__ = ()

    @abstractmethod
    def as_complex(self) -> Complex:
        """Return this side as a complex."""

    def __add__(self, other: object) -> Complex:
        if not isinstance(other, _Side):
            return NotImplemented
        return Complex(self.as_complex().terms + other.as_complex().terms)

    def __mul__(self, factor: object) -> Complex:
        if not isinstance(factor, int) or isinstance(factor, bool):
            return NotImplemented
        return Complex(tuple((name, factor * count) for name, count in self.as_complex().terms))

    __rmul__ = __mul__

    def __rshift__(self, products: object) -> Reaction:
        if not isinstance(products, _Side):
            return NotImplemented
        return Reaction(self.as_complex(), products.as_complex())

    def __or__(self, products: object) -> ReversibleReaction:
        if not isinstance(products, _Side):
            return NotImplemented
        return ReversibleReaction(self.as_complex(), products.as_complex())


@final
@dataclass(frozen=True, slots=True)
class Species(_Side):
    """A chemical species, identified by its name.

    Parameters
    ----------
    name : str
        ASCII letters, digits and ``_``, not beginning with a digit, at most 200 characters.

    Raises
    ------
    InvalidValueError
        If the name is not a valid identifier.

    Examples
    --------
    >>> a, b = Species("A"), Species("B")
    >>> print(a + 2 * b >> a)
    A + 2 B -> A [k = 1]
    """

    name: str

    def __post_init__(self) -> None:
        checked_name(self.name)

    def as_complex(self) -> Complex:
        """Return the complex of one molecule of this species."""
        return Complex(((self.name, 1),))

    def __str__(self) -> str:
        return self.name


def species(names: str) -> tuple[Species, ...]:
    """Return species for the names in `names`, separated by spaces or commas.

    Examples
    --------
    >>> x, y = species("x y")
    >>> print(x >> y)
    x -> y [k = 1]
    """
    return tuple(Species(name) for name in names.replace(",", " ").split())


@final
@dataclass(frozen=True, slots=True)
class Complex(_Side):
    """One side of a reaction: species with their stoichiometric coefficients.

    Parameters
    ----------
    terms : tuple of (str, int)
        Names and positive coefficients. Terms with the same species are merged, in order of occurrence.

    Raises
    ------
    InvalidValueError
        If a name is not an identifier, a coefficient is not an integer from 1 to 1,000,000, or there are more
        than 1,000 species.

    Examples
    --------
    >>> print(Complex((("A", 1), ("B", 1), ("A", 1))))
    2 A + B
    """

    terms: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        merged: dict[str, int] = {}
        for name, coefficient in self.terms:
            count = checked_coefficient(coefficient, checked_name(name))
            merged[name] = checked_coefficient(merged[name] + count, name) if name in merged else count
        if len(merged) > TERM_LIMIT:
            raise InvalidValueError(
                f"one side of a reaction has {len(merged):,} species: use at most {TERM_LIMIT:,}"
            )
        object.__setattr__(self, "terms", tuple(merged.items()))

    @classmethod
    def of(cls, coefficients: Mapping[str, int]) -> Complex:
        """Return the complex for a mapping of names to coefficients."""
        return cls(tuple(coefficients.items()))

    def as_complex(self) -> Complex:
        """Return this complex."""
        return self

    @property
    def order(self) -> int:
        """Molecularity: the sum of the coefficients."""
        return sum(count for _, count in self.terms)

    @property
    def coefficients(self) -> dict[str, int]:
        """Coefficients by species, as a new dict."""
        return dict(self.terms)

    def __str__(self) -> str:
        return " + ".join(name if count == 1 else f"{count} {name}" for name, count in self.terms) or "0"


def _unchecked(coefficients: Mapping[str, int]) -> Complex:
    """Return a complex without checking names and coefficients."""
    made = object.__new__(Complex)
    object.__setattr__(made, "terms", tuple(coefficients.items()))
    return made


NOTHING = Complex()
"""The empty complex, written ``0`` in text: ``NOTHING >> a`` is an inflow, ``a >> NOTHING`` is
degradation.
"""


@final
@dataclass(frozen=True, slots=True)
class Reaction(Displayed):
    """One irreversible mass-action reaction.

    The flux is ``rate * prod_i x_i**a_i``, where a_i are the coefficients of the reactants, without
    factorials.

    Parameters
    ----------
    reactants, products : Complex
        The two sides; there are at most 10 reactant molecules.
    rate : float, in 1/time * concentration**(1 - order)
        Rate constant, finite and non-negative.
    label : str
        One line of text.

    Raises
    ------
    InvalidValueError
        If the rate constant, the label or the order is invalid.
    NetworkError
        If both sides are empty.

    Examples
    --------
    >>> r = Reaction.of({"A": 1, "B": 2}, {"A": 1, "C": 1}, rate=0.5)
    >>> print(r)
    A + 2 B -> A + C [k = 0.5]
    >>> r.order, r.species, r.net_change, r.catalysts
    (3, ('A', 'B', 'C'), {'B': -2, 'C': 1}, ('A',))
    """

    reactants: Complex
    products: Complex
    rate: float = 1.0
    label: str = ""

    def __post_init__(self) -> None:
        if not self.reactants.terms and not self.products.terms:
            raise NetworkError("reaction 0 -> 0 has no species: give a reactant or a product")
        if self.reactants.order > ORDER_LIMIT:
            raise InvalidValueError(
                f"reaction of {printable(str(self.reactants))} has order {self.reactants.order:,}: "
                f"at most {ORDER_LIMIT} molecules may react at once"
            )
        if not (type(self.rate) is float and 0.0 < self.rate < 1e308):  # the common case needs no message
            where = f"{self.reactants} -> {self.products}"
            object.__setattr__(self, "rate", checked_quantity(self.rate, "rate constant", where))
        if self.label:
            object.__setattr__(self, "label", checked_label(self.label))

    @classmethod
    def of(
        cls, reactants: Mapping[str, int], products: Mapping[str, int], *, rate: float = 1.0, label: str = ""
    ) -> Reaction:
        """Return the reaction for two mappings of names to coefficients."""
        return cls(Complex.of(reactants), Complex.of(products), rate, label)

    @classmethod
    def trusted(
        cls, reactants: Mapping[str, int], products: Mapping[str, int], *, rate: float = 1.0, label: str = ""
    ) -> Reaction:
        """Return the same as `of` without checking, for compilers that create thousands of reactions.

        Coefficients and names are not checked here; names are checked once by the network. Order, rate
        constant and label are always checked.

        Examples
        --------
        >>> Reaction.trusted({"A": 1}, {"B": 2}) == Reaction.of({"A": 1}, {"B": 2})
        True
        """
        return cls(_unchecked(reactants), _unchecked(products), rate, label)

    def k(self, rate: float) -> Reaction:
        """Return this reaction with the rate constant `rate`."""
        return replace(self, rate=rate)

    def labelled(self, label: str) -> Reaction:
        """Return this reaction with the label `label`."""
        return replace(self, label=label)

    @property
    def order(self) -> int:
        """Number of reactant molecules."""
        return self.reactants.order

    @property
    def species(self) -> tuple[str, ...]:
        """Names in order of occurrence, reactants first."""
        return tuple(dict(self.reactants.terms + self.products.terms))

    @property
    def net_change(self) -> dict[str, int]:
        """Net change of each species in one event, without zeros, as a new dict."""
        change = {name: -count for name, count in self.reactants.terms}
        for name, count in self.products.terms:
            change[name] = change.get(name, 0) + count
        return {name: count for name, count in change.items() if count}

    @property
    def catalysts(self) -> tuple[str, ...]:
        """Reactants with the same coefficient on both sides."""
        products = self.products.coefficients
        return tuple(name for name, count in self.reactants.terms if products.get(name) == count)

    def __str__(self) -> str:
        text = f"{self.reactants} -> {self.products} [k = {format_number(self.rate)}]"
        return f"{text}  # {self.label}" if self.label else text

    def document(self) -> Document:
        """Return the reaction as one line."""
        left, arrow, right, rate, label = reaction_cells(self)
        behind = (" ", label) if label else ()
        return Document.of(Paragraph((left, " ", arrow, " ", right, " [k = ", rate, "]", *behind)))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {reaction_latex(self)}$"


@final
@dataclass(frozen=True, slots=True)
class ReversibleReaction:
    """A reaction and its reverse; iterating yields the two reactions.

    Parameters
    ----------
    reactants, products : Complex
        The two sides, in the direction of `forward`.
    forward, backward : float
        The two rate constants, finite and non-negative.
    label : str
        One line of text, used for both reactions.

    Examples
    --------
    >>> a, b = species("a b")
    >>> print((a | 2 * b).k(0.6).r(4.1))
    a <-> 2 b [kf = 0.6, kr = 4.1]
    """

    reactants: Complex
    products: Complex
    forward: float = 1.0
    backward: float = 1.0
    label: str = ""

    def __post_init__(self) -> None:
        there, back = self
        object.__setattr__(self, "forward", there.rate)
        object.__setattr__(self, "backward", back.rate)
        object.__setattr__(self, "label", there.label)

    def k(self, forward: float) -> ReversibleReaction:
        """Return this pair with the forward rate constant replaced."""
        return replace(self, forward=forward)

    def r(self, backward: float) -> ReversibleReaction:
        """Return this pair with the backward rate constant replaced."""
        return replace(self, backward=backward)

    def labelled(self, label: str) -> ReversibleReaction:
        """Return this pair with the label replaced."""
        return replace(self, label=label)

    def __iter__(self) -> Iterator[Reaction]:
        yield Reaction(self.reactants, self.products, self.forward, self.label)
        yield Reaction(self.products, self.reactants, self.backward, self.label)

    def __str__(self) -> str:
        rates = f"kf = {format_number(self.forward)}, kr = {format_number(self.backward)}"
        text = f"{self.reactants} <-> {self.products} [{rates}]"
        return f"{text}  # {self.label}" if self.label else text
