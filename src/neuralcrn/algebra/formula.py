"""Text of formulas such as ``scale * log10(A + B) + offset``."""

from __future__ import annotations

from neuralcrn.algebra.expression import Expression
from neuralcrn.errors import InvalidValueError, shown_path

MAX_CHARACTERS = 20_000
MAX_DEPTH = 100


def parse_expression(text: str, source: str = "formula") -> Expression:
    """Return the formula that a text describes.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / ^`` (or ``**``), parentheses, and functions of one argument: abs, cos, cosh,
        exp, j0, j1, ln, log (natural), log10, log2, sign, sin, sinh, sqrt, tan, tanh. Powers bind more
        strongly than signs, and are evaluated from right to left.
    source : str
        Description of the source, used in errors.

    Returns
    -------
    Expression

    Raises
    ------
    ParseError
        With line, column and the expected input.
    InvalidValueError
        If the text is longer than 20,000 characters, or nested more than 100 deep.

    Examples
    --------
    >>> from neuralcrn.algebra import parse_expression
    >>> print(parse_expression("-x^2 / (1 + exp(-k*t))"))
    -x^2*(exp(-k*t) + 1)^-1
    >>> parse_expression("2*(A + sen(B))")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.ParseError: formula:1:8: unknown function 'sen': did you mean 'sin'?
      2*(A + sen(B))
             ^
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidValueError(
            f"{shown_path(source)} has {len(text):,} characters: at most {MAX_CHARACTERS:,} are read"
        )
    from neuralcrn.algebra.formula_grammar import read_formula

    formula = read_formula(text, source)
    _check_depth(formula, source)
    return formula


def _check_depth(formula: Expression, source: str) -> None:
    """Reject formulas that are nested so deeply that functions of them would exhaust the stack."""
    level, depth = [formula], 0
    while level:
        depth += 1
        level = [argument for part in level for argument in part.arguments]
    if depth > MAX_DEPTH:
        raise InvalidValueError(f"{shown_path(source)} is nested {depth} deep: at most {MAX_DEPTH} are read")
