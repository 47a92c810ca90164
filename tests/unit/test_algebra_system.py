"""Systems: the notation and its shapes, refusals with their place, adjoint and gradient."""

import subprocess
import sys

import pytest

from neuralcrn.algebra import (
    Polynomial,
    SignedSystem,
    Variable,
    elements_of,
    jacobian_transpose_times,
    parameter_gradient,
    sum_of,
)
from neuralcrn.errors import InvalidValueError, ParseError

SHAPES = {
    "states": {"z": 2, "h": ()},
    "inputs": {"x": 3, "u": 2, "s": ()},
    "parameters": {"theta": (2, 3), "A": (3, 2), "b": 2},
}


def elements(text: str) -> dict[str, str]:
    """Return the equations of z and h, the second being h' = 0, as texts."""
    system = SignedSystem.parse(f"{text}; h' = 0", **SHAPES)
    return {str(state): str(polynomial) for state, polynomial in system.equations}


def refusal(text: str, **changes: object) -> ParseError:
    with pytest.raises(ParseError) as caught:
        SignedSystem.parse(text, **{**SHAPES, **changes})
    return caught.value


@pytest.mark.parametrize(
    ("right", "first"),
    [
        ("theta*x", "theta[0,0]*x[0] + theta[0,1]*x[1] + theta[0,2]*x[2]"),
        ("theta x", "theta[0,0]*x[0] + theta[0,1]*x[1] + theta[0,2]*x[2]"),
        ("u*z", "u[0]*z[0]"),
        ("2u z", "2*u[0]*z[0]"),
        ("s*u + b", "s*u[0] + b[0]"),
        ("u + 1", "u[0] + 1"),
        ("1 - u", "-u[0] + 1"),
        ("-z*abs(z)", "-z[0]*|z[0]|"),
        ("-z|z|", "-z[0]*|z[0]|"),
        ("|z||z|", "z[0]^2"),
        ("|-z| + |(u)|", "|u[0]| + |z[0]|"),
        ("abs(-2 z)", "2*|z[0]|"),
        ("z^2 + z**3", "z[0]^3 + z[0]^2"),
        ("-z^2", "-z[0]^2"),
        ("(u - z)^2", "u[0]^2 - 2*u[0]*z[0] + z[0]^2"),
        ("(u + 1)(u - 1)", "u[0]^2 - 1"),
        ("z^0", "1"),
        ("- -u * -2.5e-1", "-0.25*u[0]"),
        ("h*x[2] + theta[1,0]", "h*x[2] + theta[1,0]"),
        ("u - u", "0"),
        (".5u", "0.5*u[0]"),
    ],
)
def test_notation(right: str, first: str):
    assert elements(f"dz = {right}")["z[0]"] == first


def test_matrix_products():
    system = SignedSystem.parse("dz = (theta A) u; dh = 0", **SHAPES)
    first = system.equations[0][1]
    row = [
        Polynomial.of(Variable("theta", (0, k))) * Polynomial.of(Variable("A", (k, j))) * Polynomial.of(u)
        for j, u in enumerate(elements_of("u", 2))
        for k in range(3)
    ]
    assert first == sum_of(row)


@pytest.mark.parametrize("left", ["dz", "dz/dt", "z'", "dz / dt"])
def test_left_sides(left: str):
    assert elements(f"\n{left} = u\n\n")["z[1]"] == "u[1]"


def test_equations_of_elements_and_order_of_declaration():
    system = SignedSystem.parse("dh = s\ndz[1]/dt = h\r\nz[0]' = s", **SHAPES)
    assert str(system) == "dz[0]/dt = s\ndz[1]/dt = h\ndh/dt = s"


def test_printed_systems_parse_again():
    text = "dz = theta*x - z|z| + 0.1b; dh = s^3 h - 1e-7"
    system = SignedSystem.parse(text, **SHAPES, non_negative=["s"])
    assert SignedSystem.parse(str(system), **SHAPES, non_negative=["s"]) == system


def test_non_negative_quantities_have_no_absolute_value():
    system = SignedSystem.parse("dz = |u|u - |z|; dh = 0", **SHAPES, non_negative=["u"])
    assert str(system.equations[0][1]) == "u[0]^2 - |z[0]|"


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("dz = x*theta", 1, 7, "a vector (3) times a matrix (2, 3)"),
        ("dz = u*x", 1, 7, "a vector (2) times a vector (3)"),
        ("dz = theta theta", 1, 12, "a matrix (2, 3) times a matrix (2, 3)"),
        ("dz = u + x", 1, 8, "a vector (2) and a vector (3)"),
        ("dz = u\ndh = s - z", 2, 4, "dh has a scalar, but the right side a vector (2)"),
        ("dz = x", 1, 4, "dz has a vector (2), but the right side a vector (3)"),
        ("dz = thta*x", 1, 6, "did you mean 'theta'?"),
        ("dz = tanh(z)", 1, 6, "the only function is abs"),
        ("dy = x", 1, 1, "unknown state 'y'"),
        ("dx = x", 1, 1, "unknown state 'x'"),
        ("z = x", 1, 1, "must be a derivative"),
        ("d = x", 1, 1, "must be a derivative"),
        ("dz/dx = u", 1, 4, "write /dt"),
        ("dz = u/2", 1, 7, "no division"),
        ("dz = u^2.5", 1, 8, "whole number from 0 to 10"),
        ("dz = u^11", 1, 8, "whole number from 0 to 10"),
        ("dz = u^-1", 1, 8, "whole number from 0 to 10"),
        ("dz = ((u^10)^10)^2", 1, 18, "larger than 100"),
        ("dz = x[3] u", 1, 8, "count from 0 to 2"),
        ("dz = x[0.5] u", 1, 8, "count from 0 to 2"),
        ("dz = x[0,1] u", 1, 6, "it takes 1 indices, not 2"),
        ("dz = s[0]", 1, 6, "it takes 0 indices, not 1"),
        ("dz = u;\n dz = u; dh = 0", 2, 2, "second equation for z[0]"),
        ("dz = u", 1, 7, "no equation for h"),
        ("", 1, 1, "ends too early; expected a name"),
        ("dz = u +", 1, 9, "ends too early"),
        ("dz = (u +\ndh = 0", 1, 10, "the line ends too early"),
        ("dz = u $ 2", 1, 8, "unexpected '$'"),
        ("dz = u)", 1, 7, "unexpected ')'"),
        ("dz = \n", 1, 6, "the line ends too early"),
        ("dz = |u + z|", 1, 9, "unexpected '+'; expected '|'"),
        ("dz = abs(u + z)", 1, 6, "introduce a variable"),
        ("dz = 1e999", 1, 6, "must be finite"),
        ("dz = u * 1e300 * 1e300", 1, 16, "must be finite"),
        ("dz = u\n\x1b[31m", 2, 1, "unexpected '\N{REPLACEMENT CHARACTER}'"),
    ],
)
def test_a_refused_text_is_told_where_and_why(text: str, line: int, column: int, words: str):
    error = refusal(text)
    assert words in str(error)
    assert (error.line, error.column) == (line, column)


def test_the_caret_stands_under_the_fault():
    assert str(refusal("dz = u*x")).splitlines()[1:] == ["  dz = u*x", "        ^"]


@pytest.mark.parametrize(
    "right",
    [
        "(" * 200 + "h" + ")" * 200,
        "(x[0]+x[1]+x[2]+h+s+b[0]+b[1]+u[0]+u[1]+z[0])^10",
        "(h+s)^2" * 400,
        "+".join(["W"] * 2000),
        "W W W W W W",
    ],
)
def test_hostile_texts_are_refused(right: str):
    """By their size: the third alone would have 2^400 terms."""
    refusal(f"dz = {right}", inputs={**SHAPES["inputs"], "W": (80, 80)})


def test_a_long_chain_of_signs_is_harmless():
    assert elements(f"dz = {'-' * 9001}u")["z[0]"] == "-u[0]"


def test_a_very_long_text_is_refused():
    with pytest.raises(InvalidValueError, match="more than 10000"):
        SignedSystem.parse("dz = " + "u" * 10_000, **SHAPES)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"inputs": {"z": 2}}, "z is declared as state and as input"),
        ({"parameters": {"z1": ()}}, r"z\[0\] and z1 would both be the species z1"),
        ({"inputs": {"x": 0}}, "at least 1"),
        ({"non_negative": ["zz"]}, "did you mean 'z'"),
    ],
)
def test_contradicting_declarations_are_refused(declared: dict[str, object], words: str):
    with pytest.raises(InvalidValueError, match=words):
        SignedSystem.parse("dz = -z", states={"z": 2}, **declared)


def test_systems_built_by_hand_are_checked():
    z, y = Variable("z"), Polynomial.of(Variable("y"))
    with pytest.raises(InvalidValueError, match="equation of z: unknown variable 'y'"):
        SignedSystem(((z, y),), (), ())
    with pytest.raises(InvalidValueError, match=r"y\[2\] lies outside"):
        SignedSystem(((z, Polynomial.of(Variable("y", (2,)))),), elements_of("y", 2), ())
    with pytest.raises(InvalidValueError, match="declare each variable once"):
        SignedSystem(((z, -y),), (Variable("y"), Variable("y")), ())
    with pytest.raises(InvalidValueError, match="one array has one shape"):
        SignedSystem(((z, Polynomial()),), (Variable("y", (0,)), Variable("y", (0, 1))), ())


def test_shapes_are_known():
    system = SignedSystem.parse("dz = 0; dh = 0", **SHAPES)
    assert [system.shape_of(n) for n in ("theta", "z", "s")] == [(2, 3), (2,), ()]
    with pytest.raises(InvalidValueError, match="did you mean 'theta'"):
        system.shape_of("thet")


def test_adjoint_and_gradient_agree_with_differentiation_term_by_term():
    system = SignedSystem.parse("dz = theta*x*s - z|z|h + b; dh = h^3 - u[0]z[1]", **SHAPES)
    adjoint = {state: Variable("a_" + state.name, state.index) for state in system.states}
    results = jacobian_transpose_times(system, adjoint) | parameter_gradient(
        system, adjoint, system.parameters
    )
    assert list(results) == [*system.states, *system.parameters]
    for variable, result in results.items():
        expected = [f.differentiate(variable) * Polynomial.of(adjoint[s]) for s, f in system.equations]
        assert result == sum_of(expected)


def test_adjoint_refusals():
    system = SignedSystem.parse("dz = -|z|", states={"z": ()})
    z = Variable("z")
    with pytest.raises(InvalidValueError, match="no adjoint variable"):
        jacobian_transpose_times(system, {})
    with pytest.raises(InvalidValueError, match="no derivative at 0"):
        jacobian_transpose_times(system, {z: Variable("a")})


def test_a_non_negative_absolute_value_has_a_derivative():
    system = SignedSystem.parse("dz = -|z|", states={"z": ()}, non_negative=["z"])
    a = Variable("a")
    assert jacobian_transpose_times(system, {Variable("z"): a}) == {Variable("z"): -Polynomial.of(a)}


def test_a_dense_system_is_differentiated():
    """Ten thousand parameters: what went over all pairs of elements would not come to an end."""
    n = 100
    system = SignedSystem.parse(
        "dz = theta*x - z|z|", states={"z": n}, inputs={"x": n}, parameters={"theta": (n, n)}
    )
    adjoint = {state: Variable("a", state.index) for state in system.states}
    gradient = parameter_gradient(system, adjoint, system.parameters)
    jacobian_transpose_times(system, adjoint)
    assert str(gradient[Variable("theta", (7, 9))]) == "a[7]*x[9]"


def test_importing_the_algebra_does_not_load_the_parser():
    code = "import sys, neuralcrn.algebra; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
