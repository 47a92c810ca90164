"""Laws of the algebra: ring, derivation, evaluation, and reading back what is printed."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralcrn.algebra import Factor, Monomial, Polynomial, SignedSystem, Variable
from neuralcrn.errors import NeuralCRNError

VARIABLES = (Variable("z"), Variable("theta", (0, 1)), Variable("theta", (0, 0)), Variable("x", (0,)))
SHAPES = {"states": {"z": ()}, "inputs": {"x": 1}, "parameters": {"theta": (1, 2)}}

# Whole coefficients and points add and multiply exactly, so that laws hold with ==. Three factors of
# at most v^2|v| stay within the powers that the notation reads.
whole = st.integers(-4, 4).map(float)
factors = st.builds(Factor, st.sampled_from(VARIABLES), st.integers(1, 2), st.booleans())
absolutes = st.builds(Factor, st.sampled_from(VARIABLES), st.just(0), st.just(True))


def polynomials(of: st.SearchStrategy[Factor], coefficients: st.SearchStrategy[float] = whole):
    monomials = st.lists(of, max_size=3).map(lambda found: Monomial(tuple(found)))
    return st.lists(st.tuples(monomials, coefficients), max_size=4).map(Polynomial)


any_polynomial = polynomials(factors | absolutes)
smooth = polynomials(st.builds(Factor, st.sampled_from(VARIABLES), st.integers(1, 3)))
with_absolutes = polynomials(factors)
variables = st.sampled_from(VARIABLES)
points = st.fixed_dictionaries(dict.fromkeys(VARIABLES, whole))
real_points = st.fixed_dictionaries({v: st.floats(0.1, 1.5) | st.floats(-1.5, -0.1) for v in VARIABLES})

lawful = settings(deadline=None, max_examples=60)


@lawful
@given(any_polynomial, any_polynomial, any_polynomial)
def test_polynomials_form_a_commutative_ring(p: Polynomial, q: Polynomial, r: Polynomial):
    assert p + q == q + p
    assert (p + q) + r == p + (q + r)
    assert p * q == q * p
    assert (p * q) * r == p * (q * r)
    assert p * (q + r) == p * q + p * r
    assert (p - p).is_zero
    assert p * 1 == p + 0 == p
    assert hash(p + q) == hash(q + p)


@lawful
@given(any_polynomial, st.integers(0, 3), st.integers(0, 3))
def test_powers_add(p: Polynomial, m: int, n: int):
    assert p**m * p**n == p ** (m + n)


@lawful
@given(smooth, smooth, variables, whole)
def test_differentiation_is_a_linear_derivation(p: Polynomial, q: Polynomial, v: Variable, c: float):
    dp, dq = p.differentiate(v), q.differentiate(v)
    assert (c * p + q).differentiate(v) == c * dp + dq
    assert (p * q).differentiate(v) == dp * q + p * dq


@lawful
@given(with_absolutes, smooth, variables)
def test_the_product_rule_holds_with_absolute_values(p: Polynomial, q: Polynomial, v: Variable):
    dp = differentiable(p, v)
    if dp is not None:
        assert (p * q).differentiate(v) == dp * q + p * q.differentiate(v)


@lawful
@given(any_polynomial, any_polynomial, points)
def test_evaluation_respects_sums_and_products(p: Polynomial, q: Polynomial, at: dict[Variable, float]):
    assert (p + q).evaluate(at) == p.evaluate(at) + q.evaluate(at)
    assert (p * q).evaluate(at) == p.evaluate(at) * q.evaluate(at)


@lawful
@given(any_polynomial, variables, variables, whole, points)
def test_substitution_is_evaluation_at_a_changed_point(
    p: Polynomial, old: Variable, new: Variable, c: float, at: dict[Variable, float]
):
    replaced = p.substitute({old: c * Polynomial.of(new)})
    assert replaced.evaluate(at) == p.evaluate({**at, old: c * at[new]})


@lawful
@given(with_absolutes, variables, real_points)
def test_derivatives_agree_with_central_differences(p: Polynomial, v: Variable, at: dict[Variable, float]):
    derivative = differentiable(p, v)
    if derivative is None:
        return
    step = 1e-5
    ahead, behind = (p.evaluate({**at, v: at[v] + s}) for s in (step, -step))
    size = sum(abs(c) for _, c in p.terms) * 1.6**18
    assert math.isclose((ahead - behind) / (2 * step), derivative.evaluate(at), abs_tol=1e-7 * (1 + size))


@settings(deadline=None, max_examples=15)
@given(with_absolutes, variables, real_points)
def test_derivatives_agree_with_automatic_differentiation(
    p: Polynomial, v: Variable, at: dict[Variable, float]
):
    jax = pytest.importorskip("jax")
    derivative = differentiable(p, v)
    if derivative is None:
        return
    with jax.enable_x64(True):
        automatic = float(jax.grad(lambda value: p.evaluate({**at, v: value}) + 0.0 * value)(at[v]))
    size = sum(abs(c) for _, c in p.terms) * 1.6**12
    assert math.isclose(automatic, derivative.evaluate(at), rel_tol=1e-9, abs_tol=1e-11 * (1 + size))


@lawful
@given(polynomials(factors | absolutes, st.floats(-1e300, 1e300)))
def test_what_is_printed_is_read_back(p: Polynomial):
    system = SignedSystem.parse(f"dz/dt = {p}", **SHAPES)
    assert system.equations == ((VARIABLES[0], p),)
    assert SignedSystem.parse(str(system), **SHAPES) == system


@settings(deadline=None, max_examples=150)
@given(st.text() | st.text(alphabet="dzxthea'=+-*^|()[]0129. ;\n/").map("dz = ".__add__))
def test_any_text_is_read_or_refused_in_our_words(text: str):
    with contextlib.suppress(NeuralCRNError):
        SignedSystem.parse(text, **SHAPES)


def differentiable(p: Polynomial, v: Variable) -> Polynomial | None:
    """Return the derivative by v, None where a term contains |v| without v."""
    if any(f.variable == v and f.power == 0 for monomial, _ in p.terms for f in monomial.factors):
        return None
    return p.differentiate(v)
