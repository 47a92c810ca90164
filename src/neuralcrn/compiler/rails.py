"""Pass: convert signed equations to mass-action reactions on dual rails.

A signed v is represented by two species, v = v_p - v_n, and a non-negative v by one. With fast annihilation
one of the rails is nearly empty, so v^a |v|^b is (v_p)^(a+b) + (-1)^a (v_n)^(a+b). Terms of ``dv/dt`` that
differ only in the signs of their factors, such as v and |v|, have the same reactants and are compiled
together, to one reaction for every combination of rails m whose coefficient c is not zero:

- production, m -> m + v_p (or v_n, by the sign of c), or
- consumption, m = v n -> n, if c always reduces |v|, or if v has one rail and c is negative.

The positive part (v + |v|)/2 is therefore a reaction of v_p alone.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from neuralcrn.algebra import Monomial, Polynomial, Variable
from neuralcrn.chemistry import Complex, Reaction
from neuralcrn.errors import CompileError, DataError

_SIGN = re.compile("_[pn](?=_|$)")
_ROUNDING = 1e-14
"""Coefficients below this part of their terms are rounding errors: 0.1 v + 0.2 v - 0.3 |v| cancels on v_p."""


@dataclass(frozen=True, slots=True)
class Rails:
    """Number of rails of each quantity.

    Attributes
    ----------
    non_negative : frozenset of str
        Names of the quantities that are never negative.

    Examples
    --------
    >>> rails = Rails(frozenset({"x"}))
    >>> rails.of(Variable("x", (0,))), rails.of(Variable("theta", (0, 1)))
    ((('x1', 1),), (('theta1_2_p', 1), ('theta1_2_n', -1)))
    """

    non_negative: frozenset[str]

    def of(self, variable: Variable) -> tuple[tuple[str, int], ...]:
        """Return the species of a variable with their signs."""
        if variable.name in self.non_negative:
            return ((variable.species, 1),)
        return ((f"{variable.species}_p", 1), (f"{variable.species}_n", -1))

    def receiving(self, variable: Variable, amount: float) -> str:
        """Return the species to which an amount of a variable is dosed, the rail of its sign.

        Raises
        ------
        DataError
            If the amount is negative and the variable has only one rail.

        Examples
        --------
        >>> rails = Rails(frozenset({"u"}))
        >>> rails.receiving(Variable("u"), 1.0), rails.receiving(Variable("z"), -1.0)
        ('u', 'z_n')
        >>> rails.receiving(Variable("u"), -1.0)
        Traceback (most recent call last):
            ...
        neuralcrn.errors.DataError: -1 of u: u has one rail and cannot be negative: declare it signed
        """
        for species, sign in self.of(variable):
            if sign * amount >= 0.0:
                return species
        raise DataError(
            f"{amount:g} of {variable}: {variable} has one rail and cannot be negative: declare it signed"
        )

    def species(self, variables: Iterable[Variable]) -> tuple[str, ...]:
        """Return the species of all variables, ordered by variable."""
        return tuple(name for variable in variables for name, _ in self.of(variable))


def without_rails(species: str) -> str:
    """Return the name of a species without the signs of rails, which is the same for both rails of a quantity
    and for shadows that differ only in rails.

    Examples
    --------
    >>> without_rails("theta1_2_p"), without_rails("theta1_2_n_x1_feedforward"), without_rails("x1")
    ('theta1_2', 'theta1_2_x1_feedforward', 'x1')
    """
    return _SIGN.sub("", species)


def reactions_of(equations: Mapping[Variable, Polynomial], rails: Rails) -> tuple[Reaction, ...]:
    """Return the reactions for signed equations.

    Examples
    --------
    >>> from neuralcrn.algebra import SignedSystem
    >>> system = SignedSystem.parse(
    ...     "dz = 2*x - z*|z|", states={"z": ()}, inputs={"x": ()}, non_negative=["x"]
    ... )
    >>> for reaction in reactions_of(dict(system.equations), Rails(system.non_negative)):
    ...     print(reaction)
    2 z_p -> z_p [k = 1]  # z: -z*|z|
    2 z_n -> z_n [k = 1]  # z: -z*|z|
    x -> x + z_p [k = 2]  # z: 2*x
    """
    return tuple(
        reaction
        for variable, polynomial in equations.items()
        for terms in _grouped(polynomial)
        for reaction in _group_reactions(variable, terms, rails)
    )


def joined(reactions: Iterable[Reaction]) -> tuple[Reaction, ...]:
    """Join reactions that have the same reactants and rate constant, and change different species.

    A conversion, of which one equation has the production and another one the consumption, becomes one
    reaction. The rates of change are the same.

    Examples
    --------
    >>> made = Reaction.of({"A": 1}, {"A": 1, "B": 1}, rate=2.0)
    >>> print(*joined([made, Reaction.of({"A": 1}, {}, rate=2.0)]))
    A -> B [k = 2]
    """
    groups: dict[tuple[Complex, float], list[Reaction]] = {}
    for reaction in reactions:
        groups.setdefault((reaction.reactants, reaction.rate), []).append(reaction)
    result: list[Reaction] = []
    for (reactants, rate), group in groups.items():
        before = dict(reactants.terms)
        changes = [reaction.net_change for reaction in group]
        touched = [name for change in changes for name in change]
        if len(touched) > len(set(touched)):
            result += group
            continue
        total = {name: amount for change in changes for name, amount in change.items()}
        after = {name: before.get(name, 0) + total.get(name, 0) for name in (*before, *total)}
        products = {name: count for name, count in after.items() if count}
        label = "; ".join(reaction.label for reaction in group if reaction.label)
        result.append(Reaction.trusted(before, products, rate=rate, label=label))
    return tuple(result)


def annihilation(variable: Variable, rate: float, rails: Rails) -> tuple[Reaction, ...]:
    """Return v_p + v_n -> 0, or nothing for a variable with one rail."""
    species = rails.of(variable)
    if len(species) == 1:
        return ()
    return (
        Reaction.trusted(
            {species[0][0]: 1, species[1][0]: 1}, {}, rate=rate, label=f"{variable}: annihilation"
        ),
    )


def read_nonlinearly(polynomials: Iterable[Polynomial]) -> frozenset[Variable]:
    """Return the variables that occur as |v| or as powers, for which the amount common to both rails must be
    small.
    """
    return frozenset(
        factor.variable
        for polynomial in polynomials
        for monomial, _ in polynomial.terms
        for factor in monomial.factors
        if factor.absolute or factor.power > 1
    )


def _grouped(polynomial: Polynomial) -> list[Polynomial]:
    """Return the terms with equal degrees of all variables together, in the order of the first of each."""
    groups: dict[tuple[tuple[Variable, int], ...], list[tuple[Monomial, float]]] = {}
    for monomial, coefficient in polynomial.terms:
        degrees = tuple((factor.variable, factor.degree) for factor in monomial.factors)
        groups.setdefault(degrees, []).append((monomial, coefficient))
    return [Polynomial(tuple(terms)) for terms in groups.values()]


def _group_reactions(variable: Variable, group: Polynomial, rails: Rails) -> list[Reaction]:
    """Return the reactions of terms with equal degrees, one per combination of rails."""
    label = f"{variable}: {group}"
    own = dict(rails.of(variable))
    factors = group.terms[0][0].factors
    combinations = itertools.product(*(rails.of(factor.variable) for factor in factors))
    coefficients = {combination: _coefficient(group, combination) for combination in combinations}
    coefficients = {combination: c for combination, c in coefficients.items() if c != 0.0}
    removing = all(
        any(own.get(species, 0) * c < 0.0 for species, _ in combination)
        for combination, c in coefficients.items()
    )
    reactions: list[Reaction] = []
    for combination, c in coefficients.items():
        names = [species for species, _ in combination]
        reactants = {name: factor.degree for name, factor in zip(names, factors, strict=True)}
        products = dict(reactants)
        target = next((species for species, rail in own.items() if rail * c > 0.0), None)
        if removing or target is None:
            used = next((name for name in names if name in own), None)
            if used is None:
                raise CompileError(
                    f"{label}: this term can make {variable} negative, which has one rail: declare it signed"
                )
            products[used] -= 1
            if not products[used]:
                del products[used]
        else:
            products[target] = products.get(target, 0) + 1
        reactions.append(Reaction.trusted(reactants, products, rate=abs(c), label=label))
    return reactions


def _coefficient(group: Polynomial, combination: tuple[tuple[str, int], ...]) -> float:
    """Return the factor of the product of concentrations on the given rails; 0 if the terms cancel."""
    values = [
        coefficient
        * math.prod(
            rail**factor.power for factor, (_, rail) in zip(monomial.factors, combination, strict=True)
        )
        for monomial, coefficient in group.terms
    ]
    total = sum(values)
    return total if abs(total) > _ROUNDING * sum(map(abs, values)) else 0.0
