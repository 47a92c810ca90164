"""Pass: convert signed equations to mass-action reactions on dual rails.

A signed v is represented by two species, v = v_p - v_n, and a non-negative v by one. With fast annihilation
one of the rails is nearly empty, so v^a |v|^b is (v_p)^(a+b) + (-1)^a (v_n)^(a+b). Each term ``dv/dt += c m``
becomes one reaction for every combination of rails of m:

- production, m -> m + v_p (or v_n, by the sign of the product), or
- consumption, if c < 0 and m = v n with n >= 0: v + n -> n. Neither rail grows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable
from neuralcrn.chemistry import Reaction
from neuralcrn.errors import CompileError, DataError


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
        for monomial, coefficient in polynomial.terms
        for reaction in _term_reactions(variable, monomial, coefficient, rails)
    )


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


def _term_reactions(
    variable: Variable, monomial: Monomial, coefficient: float, rails: Rails
) -> list[Reaction]:
    """Return the reactions of one term, one per combination of rails."""
    label = f"{variable}: {Polynomial(((monomial, coefficient),))}"
    own = rails.of(variable)
    consuming = coefficient < 0.0 and _removes_in_proportion(variable, monomial, rails)
    reactions: list[Reaction] = []
    for combination in itertools.product(*(rails.of(factor.variable) for factor in monomial.factors)):
        reactants = {
            species: factor.degree for factor, (species, _) in zip(monomial.factors, combination, strict=True)
        }
        products = dict(reactants)
        if consuming:
            used = next(rail[0] for rail in combination if rail in own)
            products[used] -= 1
            if not products[used]:
                del products[used]
        else:
            sign = _sign(monomial, combination) * (1 if coefficient > 0.0 else -1)
            target = next((species for species, rail in own if rail == sign), None)
            if target is None:
                raise CompileError(
                    f"{label}: this term can make {variable} negative, which has one rail: declare it signed"
                )
            products[target] = products.get(target, 0) + 1
        reactions.append(Reaction.trusted(reactants, products, rate=abs(coefficient), label=label))
    return reactions


def _removes_in_proportion(variable: Variable, monomial: Monomial, rails: Rails) -> bool:
    """Return whether the monomial is v times a non-negative factor."""

    def never_negative(factor: Factor) -> bool:
        return factor.power % 2 == 0 or factor.variable.name in rails.non_negative

    own = [factor for factor in monomial.factors if factor.variable == variable]
    others = [factor for factor in monomial.factors if factor.variable != variable]
    single = variable.name in rails.non_negative
    return bool(own) and (single or own[0].power % 2 == 1) and all(map(never_negative, others))


def _sign(monomial: Monomial, combination: tuple[tuple[str, int], ...]) -> int:
    """Return the sign of a monomial on the given rails."""
    sign = 1
    for factor, (_, rail) in zip(monomial.factors, combination, strict=True):
        sign *= rail**factor.power
    return sign
