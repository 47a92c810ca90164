"""Reactions on rails carry out the signed equations they stem from."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable
from neuralcrn.chemistry import Reaction
from neuralcrn.compiler import Rails
from neuralcrn.compiler.rails import reactions_of
from neuralcrn.errors import CompileError

NAMES = ("u", "v", "x", "z")
VARIABLES = tuple(Variable(name) for name in NAMES)
FINITE = st.floats(-4.0, 4.0, allow_nan=False)


@st.composite
def monomials(draw: st.DrawFn) -> Monomial:
    chosen = draw(st.lists(st.sampled_from(VARIABLES), unique=True, max_size=3))
    factors: list[Factor] = []
    for variable in chosen:
        power = draw(st.integers(0, 2))  # at most 9 molecules: ten may react at once
        factors.append(Factor(variable, power, absolute=draw(st.booleans()) or power == 0))
    return Monomial(tuple(factors))


polynomials = st.lists(st.tuples(monomials(), FINITE), min_size=1, max_size=4).map(Polynomial)
values = st.fixed_dictionaries(dict.fromkeys(VARIABLES, st.floats(-2.0, 2.0, allow_nan=False)))
rail_choices = st.frozensets(st.sampled_from(NAMES))


def concentrations(values: dict[Variable, float], rails: Rails) -> dict[str, float]:
    """Each value on the rail of its sign, the other rail empty."""
    found: dict[str, float] = {}
    for variable, value in values.items():
        for species, sign in rails.of(variable):
            found[species] = max(0.0, sign * value)
    return found


def fluxes(reactions: tuple[Reaction, ...], contents: dict[str, float]) -> dict[str, float]:
    """Mass action, written out again."""
    change = dict.fromkeys(contents, 0.0)
    for reaction in reactions:
        flux = reaction.rate * math.prod(contents[name] ** power for name, power in reaction.reactants.terms)
        for name, count in reaction.net_change.items():
            change[name] += count * flux
    return change


def signed(values: dict[Variable, float], single: frozenset[str]) -> dict[Variable, float]:
    return {v: abs(x) if v.name in single else x for v, x in values.items()}


@given(polynomial=polynomials, target=st.sampled_from(VARIABLES), values=values, single=rail_choices)
def test_net_flux_is_the_signed_polynomial(
    polynomial: Polynomial, target: Variable, values: dict[Variable, float], single: frozenset[str]
) -> None:
    rails = Rails(single)
    try:
        reactions = reactions_of({target: polynomial}, rails)
    except CompileError:
        # a refusal is right only where one rail would have to carry a negative rate
        assert target.name in single
        assume(False)
        return
    point = signed(values, single)
    change = fluxes(reactions, concentrations(point, rails))
    net = sum(sign * change[species] for species, sign in rails.of(target))
    size = sum(abs(c) * abs(float(Polynomial(((m, 1.0),)).evaluate(point))) for m, c in polynomial.terms)
    np.testing.assert_allclose(net, float(polynomial.evaluate(point)), rtol=0, atol=1e-12 * (1.0 + size))


@given(polynomial=polynomials, target=st.sampled_from(VARIABLES), values=values, single=rail_choices)
def test_only_the_target_changes_and_empty_rails_stay_non_negative(
    polynomial: Polynomial, target: Variable, values: dict[Variable, float], single: frozenset[str]
) -> None:
    rails = Rails(single)
    try:
        reactions = reactions_of({target: polynomial}, rails)
    except CompileError:
        assume(False)
        return
    own = {species for species, _ in rails.of(target)}
    contents = concentrations(signed(values, single), rails)
    for name, change in fluxes(reactions, contents).items():
        if name not in own:
            assert change == 0.0
        elif contents[name] == 0.0:
            assert change >= 0.0


@given(polynomial=polynomials, target=st.sampled_from(VARIABLES), single=rail_choices)
def test_one_rail_is_refused_just_where_it_could_become_negative(
    polynomial: Polynomial, target: Variable, single: frozenset[str]
) -> None:
    assume(target.name in single)

    def can_be_negative(monomial: Monomial, coefficient: float) -> bool:
        if target in monomial.variables and coefficient < 0.0:
            return any(f.power % 2 and f.variable.name not in single for f in monomial.factors)
        odd = any(f.power % 2 and f.variable.name not in single for f in monomial.factors)
        return odd or coefficient < 0.0

    expected = any(can_be_negative(m, c) for m, c in polynomial.terms)
    try:
        reactions_of({target: polynomial}, Rails(single))
    except CompileError:
        assert expected
    else:
        assert not expected
