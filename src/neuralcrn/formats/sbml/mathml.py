"""Elements of MathML, the notation of formulas in SBML."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement

from neuralcrn.algebra import Expression
from neuralcrn.errors import InvalidValueError, printable

_MATHML = "http://www.w3.org/1998/Math/MathML"
UNITLESS = "dimensionless"
_OPERATORS: Mapping[str, str] = MappingProxyType(
    {"+": "plus", "*": "times", "^": "power", "log": "ln", "log10": "log", "sqrt": "root"}
    | {name: name for name in ("exp", "ln", "abs", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
)
"""Operator of each kind of formula; a logarithm without a base has the base 10, a root is a square root."""


def math(parent: Element) -> Element:
    """Add a formula and return it."""
    return SubElement(parent, "math", xmlns=_MATHML)


def apply(parent: Element, operator: str) -> Element:
    """Add the application of an operator and return it, so that arguments can be added."""
    element = SubElement(parent, "apply")
    SubElement(element, operator)
    return element


def write_name(parent: Element, name: str) -> None:
    """Add a name."""
    SubElement(parent, "ci").text = name


def write_number(parent: Element, value: float) -> None:
    """Add a number, as mantissa and exponent if it has one."""
    mantissa, _, exponent = repr(value).partition("e")
    number = SubElement(parent, "cn", {"sbml:units": UNITLESS})
    number.text = mantissa
    if exponent:
        number.set("type", "e-notation")
        SubElement(number, "sep").tail = str(int(exponent))


def write_formula(parent: Element, formula: Expression) -> None:
    """Add a formula.

    Raises
    ------
    InvalidValueError
        If it has a function that SBML lacks.
    """
    if formula.kind == "number":
        write_number(parent, formula.value)
    elif formula.kind == "name":
        write_name(parent, formula.symbol)
    elif formula.kind in _OPERATORS:
        element = apply(parent, _OPERATORS[formula.kind])
        for argument in formula.arguments:
            write_formula(element, argument)
    else:
        raise InvalidValueError(f"SBML has no function {printable(formula.kind)}: {printable(str(formula))}")
