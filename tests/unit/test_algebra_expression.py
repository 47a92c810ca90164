"""Formulas: derivatives against finite differences, and texts that read back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralcrn.algebra import Expression, parse_expression
from neuralcrn.algebra.expression import FUNCTIONS
from neuralcrn.errors import InvalidValueError, ParseError, UnknownNameError

NAMES = ("a", "b", "x")


def formulas() -> st.SearchStrategy[Expression]:
    """Formulas without divisions by zero."""
    leaves = st.one_of(
        st.sampled_from([Expression.name(name) for name in NAMES]),
        st.floats(-3.0, 3.0).map(lambda value: Expression.number(round(value, 3))),
    )

    def grow(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        pair = st.tuples(inner, inner)
        return st.one_of(
            pair.map(lambda two: two[0] + two[1]),
            pair.map(lambda two: two[0] - two[1]),
            pair.map(lambda two: two[0] * two[1]),
            pair.map(lambda two: two[0] / Expression.call("cosh", two[1])),
            st.tuples(inner, st.sampled_from([2.0, 3.0, 0.5])).map(lambda two: two[0] ** two[1]),
            pair.map(lambda two: Expression.call("exp", two[0]) ** two[1]),
            st.tuples(st.sampled_from(sorted(FUNCTIONS)), inner).map(lambda two: Expression.call(*two)),
        )

    return st.recursive(leaves, grow, max_leaves=8)


@given(formulas(), st.tuples(*(st.floats(0.3, 2.0) for _ in NAMES)))
@settings(max_examples=300, deadline=None)
def test_the_derivative_is_the_limit_of_finite_differences(
    formula: Expression, at: tuple[float, ...]
) -> None:
    values = dict(zip(NAMES, at, strict=True))
    step = 1e-5
    differences = [
        float(formula.evaluate({**values, "x": values["x"] + shift}))
        for shift in (-2 * step, -step, step, 2 * step)
    ]
    near, far = (differences[2] - differences[1]) / (2 * step), (differences[3] - differences[0]) / (4 * step)
    if not np.isfinite(near) or abs(near - far) > 1e-4 * (1 + abs(near)) or abs(near) > 1e4:
        return  # not differentiable here, or the differences are not accurate
    assert float(formula.derivative("x").evaluate(values)) == pytest.approx(near, rel=1e-3, abs=1e-3)


@given(formulas())
@settings(max_examples=300, deadline=None)
def test_a_text_reads_back_as_the_same_formula(formula: Expression) -> None:
    values = dict.fromkeys(NAMES, 1.3)
    again = parse_expression(str(formula))
    np.testing.assert_allclose(again.evaluate(values), formula.evaluate(values), rtol=1e-12)
    assert again.names <= set(NAMES)


def test_powers_bind_more_strongly_than_signs_and_from_right_to_left() -> None:
    values = {"x": 3.0}
    assert float(parse_expression("-x^2").evaluate(values)) == -9.0
    assert float(parse_expression("2^x^2").evaluate(values)) == 512.0
    assert float(parse_expression("2^-x").evaluate(values)) == 0.125
    assert float(parse_expression("1 - 2 - x/2/3").evaluate(values)) == -1.5


def test_values_are_arrays_and_substitution_composes() -> None:
    formula = parse_expression("scale*x + offset").substitute({"x": parse_expression("A + B")})
    values = {"scale": 2.0, "offset": 1.0, "A": np.array([0.0, 1.0]), "B": np.array([1.0, 3.0])}
    assert formula.evaluate(values).tolist() == [3.0, 9.0]
    with pytest.raises(UnknownNameError, match="did you mean 'scales'"):
        formula.evaluate({"scales": 2.0, "offset": 1.0, "A": 0.0, "B": 0.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a +", "formula:1:4: the formula ends too early"),
        ("a b", "formula:1:3: unexpected 'b'"),
        ("a + $", "the character '\\$' cannot stand"),
        ("expo(a)", "did you mean 'exp'"),
        ("1e999", "too large"),
    ],
)
def test_errors_name_the_position(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_expression(text)


def test_deep_and_long_formulas_are_refused_or_read() -> None:
    with pytest.raises(InvalidValueError, match="nested"):
        parse_expression("exp(" * 200 + "a" + ")" * 200)
    with pytest.raises(InvalidValueError, match="characters"):
        parse_expression("a+" * 20_000 + "a")
    assert float(parse_expression("a^2+" * 2_000 + "a").evaluate({"a": 2.0})) == 8_002.0
