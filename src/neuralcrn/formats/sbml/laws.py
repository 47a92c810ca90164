"""Conversion of kinetic laws to mass-action reactions, term by term.

A law is a sum of terms c m, where m is a product of species. With the net change v of the reaction, a term
with c > 0 is the reaction ``m -> m + v`` with constant c, exactly and for any order of m, if m contains all
species that v consumes. A term with c < 0 is the reverse, ``m -> m - v``. Factors of m that are not reactants
are catalysts. If m does not contain all consumed species, or v is not an integer vector, one reaction for
each changed species, ``m -> m + X`` or ``m -> m - X``, gives the same rate equations, but not the same
stochastic process.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple, final

from neuralcrn.chemistry import Reaction, format_number
from neuralcrn.errors import NetworkError, printable
from neuralcrn.formats.sbml.formula import Monomial, Polynomial
from neuralcrn.formats.sbml.polynomials import product

_TOLERANCE = 1e-9


@final
class Term(NamedTuple):
    """A term of a law as a reaction; its rate constant may be a number with a formula."""

    reactants: Mapping[str, int]
    products: Mapping[str, int]
    rate: float
    label: str

    @property
    def reaction(self) -> Reaction:
        """The reaction."""
        return Reaction.trusted(self.reactants, self.products, rate=self.rate, label=self.label)


def mass_action(
    law: Polynomial,
    reactants: Mapping[str, int],
    products: Mapping[str, int],
    *,
    fixed: Set[str],
    label: str,
    discrete: bool,
) -> list[Term]:
    """Return the terms of a law as reactions that together have it.

    Parameters
    ----------
    law : Polynomial
        Events per time and reference volume, in units of the network.
    reactants, products : mapping from str to int
        The two sides as in the file; their order is preserved.
    fixed : set of str
        Species that no reaction changes.
    label : str
        Label of every reaction.
    discrete : bool
        Whether the law is in numbers of molecules, see `falling`.

    Raises
    ------
    NetworkError
        If a term is not mass action for these sides.

    Examples
    --------
    >>> for term in mass_action(
    ...     {("A", "E"): 2.0, ("B",): -0.5}, {"A": 1}, {"B": 1}, fixed=set(), label="", discrete=False
    ... ):
    ...     print(term.reaction)
    A + E -> B + E [k = 2]
    B -> A [k = 0.5]
    """
    names = [name for name in {**reactants, **products} if name not in fixed]
    change = {name: products.get(name, 0) - reactants.get(name, 0) for name in names}
    reverse = {name: -count for name, count in change.items()}
    terms = falling(law, reactants, products) if discrete else law
    made: list[Term] = []
    for monomial, coefficient in terms.items():
        backward = coefficient < 0.0
        taken, given = (products, reactants) if backward else (reactants, products)
        net = reverse if backward else change
        left = {name: monomial.count(name) for name in (*taken, *monomial) if name in monomial}
        right = {name: left.get(name, 0) + net.get(name, 0) for name in (*given, *left, *net)}
        right = {name: count for name, count in right.items() if count}
        # only an inflow can be the reverse of a decay: a negative decay is a sign error
        unread = backward and not products and any(net.get(name, 0) > 0 for name in left)
        if unread or min(right.values(), default=0) < 0:
            if coefficient == 0.0:
                continue
            if not (discrete or unread):
                try:
                    made += split({monomial: coefficient}, change, label)
                except NetworkError:
                    pass
                else:
                    continue
            why = (
                f"the term {_written(monomial, coefficient)} of its law is negative, and no product can react"
                if unread
                else _why(monomial, coefficient, taken)
            )
            raise NetworkError(why + _hint(law, reactants, products, discrete))
        if left or right:
            made.append(Term(left, right, abs(coefficient), label))
    return made


def split(law: Polynomial, change: Mapping[str, float], label: str) -> list[Term]:
    """Return reactions that each change one species and together have the rate equations of a law.

    Parameters
    ----------
    law : Polynomial
        Rate, in the units of the network.
    change : mapping from str to float
        Change of each species per event.
    label : str
        Label of every reaction.

    Raises
    ------
    NetworkError
        If a term consumes a species that is not one of its factors, so that it would continue after
        exhaustion.

    Examples
    --------
    >>> for term in split({("A",): 2.0}, {"A": -1.0, "B": 0.5}, ""):
    ...     print(term.reaction)
    A -> 0 [k = 2]
    A -> A + B [k = 1]
    """
    made: list[Term] = []
    for monomial, coefficient in law.items():
        left = {name: monomial.count(name) for name in monomial}
        for name, count in change.items():
            rate = coefficient * count
            if rate == 0.0:
                continue
            number = left.get(name, 0) + (1 if rate > 0.0 else -1)
            if number < 0:
                raise NetworkError(
                    f"the term {_written(monomial, rate)} consumes {name} without having it as a factor: "
                    "no reaction does that"
                )
            right = {**left, name: number}
            right = {other: amount for other, amount in right.items() if amount}
            made.append(Term(left, right, abs(rate), label))
    return made


def falling(law: Polynomial, reactants: Mapping[str, int], products: Mapping[str, int]) -> Polynomial:
    """Return the constants of a law in numbers of molecules, in the convention ``c n (n-1) ...``.

    A law such as ``k P (P - 1) / 2`` contains the lower powers of a falling factorial and is used unchanged.
    A law such as ``k P^2`` does not contain them and is deterministic: by the usual convention it is read as
    ``k P (P - 1)`` if two P are on its side of the reaction.

    Raises
    ------
    NetworkError
        If the lower powers are different, or a power does not match its side of the reaction.

    Examples
    --------
    >>> falling({("P", "P"): 0.5, ("P",): -0.5}, {"P": 2}, {"D": 1})
    {('P', 'P'): 0.5}
    >>> falling({("P", "P"): 3.0}, {"P": 2}, {"D": 1})
    {('P', 'P'): 3.0}
    """
    rest, result = dict(law), {}
    for monomial in sorted(law, key=len, reverse=True):
        if monomial not in rest:
            continue
        coefficient = result[monomial] = rest.pop(monomial)
        lower = _lower_terms(monomial)
        if any(other in rest for other in lower):
            for other, factor in lower.items():
                expected = coefficient * factor
                if abs(rest.pop(other, 0.0) - expected) > _TOLERANCE * abs(expected):
                    raise NetworkError(
                        f"{_written(monomial, coefficient)} comes with lower powers that are not those of "
                        "n (n - 1) ...: as a propensity in counts of molecules it is not mass action"
                    )
        elif lower:
            side = products if coefficient < 0.0 else reactants
            for name in set(monomial):
                if monomial.count(name) > max(side.get(name, 0), 1):
                    raise NetworkError(
                        f"{_written(monomial, coefficient)} has {name} to the power {monomial.count(name)}, "
                        f"but {side.get(name, 0)} of it react: write the propensity as n (n - 1) ..."
                    )
    return result


def _lower_terms(monomial: Monomial) -> Polynomial:
    """Return the lower-order terms of ``n (n-1) ...``."""
    result: Polynomial = {(): 1.0}
    for i, name in enumerate(monomial):
        result = product(result, {(name,): 1.0, (): -float(i - monomial.index(name))})
    return {term: factor for term, factor in result.items() if factor and term != monomial}


def _why(monomial: Monomial, coefficient: float, taken: Mapping[str, int]) -> str:
    side = " + ".join(name if count == 1 else f"{count} {name}" for name, count in taken.items()) or "nothing"
    direction = "reverse" if coefficient < 0.0 else "forward"
    return (
        f"the term {_written(monomial, coefficient)} of its law is not mass action: in the {direction} "
        f"direction {side} reacts, and each of these must be a factor at least that often"
    )


def _hint(law: Polynomial, reactants: Mapping[str, int], products: Mapping[str, int], discrete: bool) -> str:
    """Add a hint if a law is in numbers of molecules."""
    try:
        counted = not discrete and len(falling(law, reactants, products)) < len(law)
    except NetworkError:
        counted = False
    return (
        " (as a propensity in counts of molecules it can be read: --method ssa without --volume)"
        if counted
        else ""
    )


def _written(monomial: Monomial, coefficient: float) -> str:
    powers = {name: monomial.count(name) for name in monomial}
    factors = [name if power == 1 else f"{name}^{power}" for name, power in powers.items()]
    return printable(" ".join([format_number(coefficient), *factors]))
