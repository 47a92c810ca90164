"""Variables, products and polynomials: normal form, printing, arithmetic and refusals."""

import numpy as np
import pytest
from tests.cases import calls_made

from neuralcrn.algebra import Factor, Monomial, Polynomial, Variable, elements_of, sum_of
from neuralcrn.errors import InvalidValueError

Z, X, BETA = Variable("z"), Variable("x"), Variable("beta")
z, x, beta = map(Polynomial.of, (Z, X, BETA))


def test_variables_print_with_brackets_and_name_species_from_one():
    assert str(Variable("theta", (0, 1))) == "theta[0,1]"
    assert Variable("theta", (0, 1)).species == "theta1_2"
    assert Variable("z", (0,)).species == "z1"
    assert Variable("h").species == "h"


def test_variables_sort_by_number_not_by_digits():
    tenth, second = Variable("z", (10,)), Variable("z", (2,))
    assert sorted([tenth, second]) == [second, tenth]


@pytest.mark.parametrize("name", ["", "2z", "z-", "z\n", "é", "z w"])
def test_a_name_that_is_no_identifier_is_refused(name: str):
    with pytest.raises(InvalidValueError, match="letters, digits and underscores"):
        Variable(name)


def test_a_negative_index_is_refused():
    with pytest.raises(InvalidValueError, match="count from 0"):
        Variable("z", (-1,))


@pytest.mark.parametrize("shape", [0, (2, 0), -1, 10**9])
def test_an_impossible_shape_is_refused(shape: int | tuple[int, ...]):
    with pytest.raises(InvalidValueError, match="each length must be at least 1"):
        elements_of("z", shape)


@pytest.mark.parametrize(("power", "absolute"), [(0, False), (-1, True), (-1, False)])
def test_a_factor_needs_a_positive_power(power: int, absolute: bool):
    with pytest.raises(InvalidValueError, match="positive power"):
        Factor(Z, power, absolute)


def test_degree_and_sign_of_a_factor():
    assert [(f.degree, f.sign_exponent) for f in (Factor(Z), Factor(Z, 1, True), Factor(Z, 2, True))] == [
        (1, 1),
        (2, 1),
        (3, 0),
    ]


def test_products_merge_factors_of_one_variable():
    product = Monomial((Factor(Z, 0, True), Factor(X), Factor(Z, 1, True)))
    assert product == Monomial((Factor(X), Factor(Z, 3)))
    assert product.degree == 4
    assert product.variables == (X, Z)
    assert str(Monomial()) == "1"


@pytest.mark.parametrize(
    ("polynomial", "text"),
    [
        (Polynomial(), "0"),
        (Polynomial.constant(-0.5), "-0.5"),
        (beta - z * abs(z), "-z*|z| + beta"),
        (3 - x, "-x + 3"),
        (2 * x * z - 0.5 * z**2 * abs(z) + 1, "-0.5*z^2*|z| + 2*x*z + 1"),
        (1e-9 * x + 1e300, "1e-09*x + 1e+300"),
        (
            2 * Polynomial.of(Variable("theta", (0, 1))) * x - 0.5 * z * abs(z),
            "2*theta[0,1]*x - 0.5*z*|z|",
        ),
    ],
)
def test_polynomials_print_as_on_paper(polynomial: Polynomial, text: str):
    assert str(polynomial) == text


def test_like_terms_merge_and_zeros_vanish():
    assert (x + z - x - z).is_zero
    assert x + z == z + x
    assert hash(x * z + 1) == hash(1 + z * x)
    assert abs(z) * abs(z) == z**2
    assert (x + z) ** 0 == Polynomial.constant(1)
    assert (2 * x + 3).coefficient(Monomial((Factor(X),))) == 2.0
    assert (2 * x + 3).coefficient(Monomial((Factor(Z),))) == 0.0


def test_numpy_numbers_are_numbers():
    assert np.float64(2) * x == x * np.int64(2) == 2 * x


def test_degree_and_variables():
    f = x * z * abs(z) + beta
    assert (f.degree, Polynomial().degree, Polynomial.constant(2).degree) == (3, 0, 0)
    assert f.variables == (BETA, X, Z)


def test_absolute_values_of_single_terms_only():
    assert abs(-2 * x * z) == 2 * abs(x) * abs(z)
    assert abs(x**3) == x**2 * abs(x)
    assert abs(Polynomial.constant(-3)) == Polynomial.constant(3)
    assert abs(Polynomial()).is_zero
    with pytest.raises(InvalidValueError, match="introduce a variable"):
        abs(x + 1)


def test_derivatives_of_powers_and_absolute_values():
    assert (z * abs(z)).differentiate(Z) == 2 * abs(z)
    assert (z**2 * abs(z)).differentiate(Z) == 3 * z * abs(z)
    assert (x * z**3).differentiate(Z) == 3 * x * z**2
    assert z.differentiate(X).is_zero
    assert (x * abs(z)).differentiate(X) == abs(z)


def test_an_absolute_value_alone_has_no_derivative():
    with pytest.raises(InvalidValueError, match=r"write z\*\|z\|"):
        (x * abs(z)).differentiate(Z)


def test_substitution_replaces_all_at_once():
    assert (x - z).substitute({X: z, Z: x}) == z - x
    assert (x * z).substitute({Z: x + 1}) == x**2 + x
    assert (z * abs(z)).substitute({Z: -2 * x}) == -4 * x * abs(x)
    with pytest.raises(InvalidValueError, match="introduce a variable"):
        abs(z).substitute({Z: x + 1})


def test_evaluation_broadcasts():
    values = (x * abs(z) + 1).evaluate({X: np.array([1.0, 2.0]), Z: np.array([[-1.0], [3.0]])})
    np.testing.assert_array_equal(values, [[2.0, 3.0], [4.0, 7.0]])
    with pytest.raises(InvalidValueError, match="z has no value"):
        z.evaluate({X: 1.0})


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_coefficient_must_be_finite(value: float):
    with pytest.raises(InvalidValueError, match="must be finite"):
        value * x


def test_overflow_is_refused():
    with pytest.raises(InvalidValueError, match="must be finite"):
        Polynomial.constant(1e308) ** 2


def test_powers_are_not_negative():
    with pytest.raises(InvalidValueError, match="must not be negative"):
        x**-1


@pytest.mark.parametrize("other", ["x", None, [1.0]])
def test_only_numbers_and_polynomials_combine(other: object):
    for combine in (Polynomial.__add__, Polynomial.__sub__, Polynomial.__mul__):
        assert combine(x, other) is NotImplemented


def test_a_long_sum_merges_once():
    few, many = ([Polynomial.of(v) for v in elements_of("x", size)] for size in (500, 4000))
    assert calls_made(lambda: sum_of(many)) < 10 * calls_made(lambda: sum_of(few))
    assert len(sum_of(many).terms) == 4000
