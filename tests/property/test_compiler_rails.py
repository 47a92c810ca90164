"""Reactions on rails carry out the signed equations they stem from."""

from __future__ import annotations

import itertools
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

    def without_target(signs: tuple[float, ...]) -> list[float]:
        """The rate at v = 0 and values of these signs, apart for each product of concentrations."""
        point = dict(zip(VARIABLES, signs, strict=True))
        groups: dict[tuple[tuple[Variable, int], ...], float] = {}
        for monomial, coefficient in polynomial.terms:
            if target not in monomial.variables:
                degrees = tuple((f.variable, f.degree) for f in monomial.factors)
                value = float(Polynomial(((monomial, coefficient),)).evaluate(point))
                groups[degrees] = groups.get(degrees, 0.0) + value
        return list(groups.values())

    signs = itertools.product(*([1.0] if v.name in single else [1.0, -1.0] for v in VARIABLES))
    expected = any(rate < 0.0 for values in map(without_target, signs) for rate in values)
    try:
        reactions_of({target: polynomial}, Rails(single))
    except CompileError:
        assert expected
    else:
        assert not expected


@given(rest=monomials(), coefficient=FINITE, values=values)
def test_a_positive_part_is_read_from_the_positive_rail_alone(
    rest: Monomial, coefficient: float, values: dict[Variable, float]
) -> None:
    """The term c m (v + |v|) / 2 is c m max(v, 0), and no reaction of it has v_n as a reactant."""
    v, target = VARIABLES[1], VARIABLES[3]
    assume(not {v, target} & set(rest.variables))
    halves = (Monomial((Factor(v),)), Monomial((Factor(v, 0, absolute=True),)))
    part = Polynomial(tuple((rest * half, 0.5 * coefficient) for half in halves))
    rails = Rails(frozenset())
    reactions = reactions_of({target: part}, rails)
    assert all("v_n" not in dict(reaction.reactants.terms) for reaction in reactions)
    change = fluxes(reactions, concentrations(values, rails))
    factor = float(Polynomial(((rest, coefficient),)).evaluate(values))
    np.testing.assert_allclose(change["z_p"] - change["z_n"], factor * max(values[v], 0.0), atol=1e-12)


def test_one_rail_is_consumed_where_its_drive_is_negative() -> None:
    """In ds = n s - s^2 + h, with s of one rail, n_n takes s away."""
    s, n, h = (Variable(name) for name in "snh")
    drive = Polynomial(
        (
            (Monomial((Factor(n), Factor(s))), 1.0),
            (Monomial((Factor(s, 2),)), -1.0),
            (Monomial((Factor(h),)), 1.0),
        )
    )
    texts = {str(reaction).split(" [")[0] for reaction in reactions_of({s: drive}, Rails(frozenset("sh")))}
    assert texts == {"n_p + s -> n_p + 2 s", "n_n + s -> n_n", "2 s -> s", "h -> h + s"}


def test_terms_that_cancel_up_to_rounding_leave_no_reaction() -> None:
    """The sum 0.1 + 0.2 is not 0.3 in floating point, and s of one rail must not be refused for that."""
    s, v = Variable("s"), Variable("v")
    terms = ((Monomial((Factor(v),)), 0.1 + 0.2), (Monomial((Factor(v, 0, absolute=True),)), 0.3))
    (reaction,) = reactions_of({s: Polynomial(terms)}, Rails(frozenset("s")))
    assert dict(reaction.reactants.terms) == {"v_p": 1}
