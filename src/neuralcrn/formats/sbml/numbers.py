"""Numerical evaluation of formulas: operators and a traversal of trees.

All operators accept numpy arrays, so that a formula is evaluated at all times of a trajectory at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import cast, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import NetworkError
from neuralcrn.formats.sbml.formula import Function, Walker
from neuralcrn.formats.sbml.traced import Traced, with_formula

Array = NDArray[np.float64]
"""A number, or one for each time."""

_AVOGADRO = 6.02214179e23
"""Value defined by SBML Level 3."""


def _piecewise(*pieces: Array) -> Array:
    """Return the value of the first piece whose condition holds; NaN if there is none and no default."""
    pairs = len(pieces) // 2
    values = [pieces[2 * i] for i in range(pairs)]
    conditions = [np.asarray(pieces[2 * i + 1]) != 0.0 for i in range(pairs)]
    otherwise = pieces[-1] if len(pieces) % 2 else np.array(np.nan)
    shape = np.broadcast_shapes(*(np.shape(piece) for piece in pieces))
    return np.select(
        [np.broadcast_to(condition, shape) for condition in conditions],
        [np.broadcast_to(value, shape) for value in values],
        np.broadcast_to(otherwise, shape),
    )


def _compared(compare: Callable[..., NDArray[np.bool_]]) -> Callable[..., Array]:
    """Return a comparison of successive operands, which must hold for all pairs."""

    def all_hold(*values: Array) -> Array:
        held = [compare(left, right) for left, right in pairwise(values)]
        return np.asarray(np.logical_and.reduce(held), dtype=np.float64)

    return all_hold


def _joined(join: np.ufunc, neutral: bool) -> Callable[..., Array]:
    def of_all(*values: Array) -> Array:
        truths = [np.asarray(value) != 0.0 for value in values]
        result = np.asarray(neutral)
        for truth in truths:
            result = join(result, truth)
        return np.asarray(result, dtype=np.float64)

    return of_all


def _sum(*values: Array) -> Array:
    return sum(values, np.array(0.0))


def _product(*values: Array) -> Array:
    return math.prod(values, start=np.array(1.0))


def _difference(first: Array, *second: Array) -> Array:
    return -first if not second else first - second[0]


def _root(degree: Array, value: Array) -> Array:
    return np.sqrt(value) if np.all(degree == 2.0) else np.power(value, 1.0 / degree)


def _log(base: Array, value: Array) -> Array:
    return np.log10(value) if np.all(base == 10.0) else np.log(value) / np.log(base)


OPERATORS: Mapping[str, tuple[int, int, Callable[..., Array]]] = MappingProxyType(
    {
        "plus": (0, 9999, _sum),
        "times": (0, 9999, _product),
        "minus": (1, 2, _difference),
        "divide": (2, 2, np.divide),
        "power": (2, 2, np.power),
        "root": (2, 2, _root),
        "exp": (1, 1, np.exp),
        "ln": (1, 1, np.log),
        "log": (2, 2, _log),
        "abs": (1, 1, np.abs),
        "floor": (1, 1, np.floor),
        "ceiling": (1, 1, np.ceil),
        "sin": (1, 1, np.sin),
        "cos": (1, 1, np.cos),
        "tan": (1, 1, np.tan),
        "sinh": (1, 1, np.sinh),
        "cosh": (1, 1, np.cosh),
        "tanh": (1, 1, np.tanh),
        "arcsin": (1, 1, np.arcsin),
        "arccos": (1, 1, np.arccos),
        "arctan": (1, 1, np.arctan),
        "max": (1, 9999, lambda *values: np.maximum.reduce(np.broadcast_arrays(*values))),
        "min": (1, 9999, lambda *values: np.minimum.reduce(np.broadcast_arrays(*values))),
        "piecewise": (1, 9999, _piecewise),
        "eq": (2, 9999, _compared(np.equal)),
        "neq": (2, 2, _compared(np.not_equal)),
        "gt": (2, 9999, _compared(np.greater)),
        "geq": (2, 9999, _compared(np.greater_equal)),
        "lt": (2, 9999, _compared(np.less)),
        "leq": (2, 9999, _compared(np.less_equal)),
        "and": (0, 9999, _joined(np.logical_and, True)),
        "or": (0, 9999, _joined(np.logical_or, False)),
        "xor": (0, 9999, _joined(np.logical_xor, False)),
        "not": (1, 1, lambda value: np.asarray(np.asarray(value) == 0.0, dtype=np.float64)),
        "pi": (0, 0, lambda: np.array(math.pi)),
        "exponentiale": (0, 0, lambda: np.array(math.e)),
        "avogadro": (0, 0, lambda: np.array(_AVOGADRO)),
        "true": (0, 0, lambda: np.array(1.0)),
        "false": (0, 0, lambda: np.array(0.0)),
    }
)
"""Minimum and maximum number of operands of each operator, and its function."""

RELATIONS = frozenset(("eq", "neq", "gt", "geq", "lt", "leq"))


def operate(kind: str, values: list[Array]) -> Array:
    """Return the value of an operator, which is NaN or infinity if it is not finite.

    Raises
    ------
    NetworkError
        If there is no such operator for this number of operands.

    Examples
    --------
    >>> float(operate("root", [np.array(2.0), np.array(9.0)]))
    3.0
    """
    if kind not in OPERATORS:
        raise NetworkError(f"'{kind}' is not supported")
    fewest, most, function = OPERATORS[kind]
    if not fewest <= len(values) <= most:
        raise NetworkError(f"'{kind}' with {len(values)} arguments is not supported")
    with np.errstate(all="ignore"):
        return with_formula(kind, values, function(*values))


def operand(value: float) -> Array:
    """Return a number as an operand of an operator; one with a formula keeps it."""
    return cast("Array", value) if isinstance(value, Traced) else np.array(value)


def scalar(value: Array) -> float:
    """Return the result of operators on numbers as a number; see `operand`."""
    return value if isinstance(value, Traced) else float(value)


@final
class Numbers(Walker[Array]):
    """Evaluate formulas numerically, see `Walker`.

    Examples
    --------
    >>> from neuralcrn.formats.sbml.formula import Formula
    >>> half = Formula("divide", arguments=(Formula("name", name="A"), Formula("number", 2.0)))
    >>> Numbers({}, 100).evaluate(half, lambda name: np.array([1.0, 3.0])).tolist()
    [0.5, 1.5]
    """

    def __init__(self, functions: Mapping[str, Function], work: int):
        super().__init__(functions, work)

    def _number(self, value: float) -> Array:
        return np.array(value)

    def _operate(self, kind: str, values: list[Array]) -> Array:
        return operate(kind, values)
