"""Values of formulas with their derivatives by the estimated parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Expression

Array = NDArray[np.float64]


class Differentiable(NamedTuple):
    """Values and their derivatives.

    Attributes
    ----------
    value : ndarray, shape (n,)
    slope : ndarray, shape (n, n_parameters)
        Derivatives by the estimated parameters.
    """

    value: Array
    slope: Array


Environment = Mapping[str, Differentiable]
"""Values of names."""


@final
@dataclass(frozen=True, slots=True)
class Formula:
    """A formula prepared for evaluation by the chain rule.

    Attributes
    ----------
    expression : Expression
        The formula.
    partial : mapping from str to Expression
        Its derivative by each of its names.

    Examples
    --------
    >>> from neuralcrn.algebra import parse_expression
    >>> x = Differentiable(np.array([1.0, 3.0]), np.array([[1.0], [0.5]]))
    >>> value, slope = Formula.of(parse_expression("x^2")).at({"x": x}, 2, 1)
    >>> value.tolist(), slope.tolist()
    ([1.0, 9.0], [[2.0], [3.0]])
    """

    expression: Expression
    partial: Mapping[str, Expression]

    @classmethod
    def of(cls, expression: Expression) -> Formula:
        """Return a formula with its derivatives."""
        return cls(expression, {name: expression.derivative(name) for name in sorted(expression.names)})

    def at(self, environment: Environment, count: int, parameters: int) -> Differentiable:
        """Return the value and its derivatives, shapes (count,) and (count, parameters)."""
        values = {name: environment[name].value for name in self.partial}
        slope = np.zeros((count, parameters))
        for name, derivative in self.partial.items():
            slope += np.reshape(derivative.evaluate(values), (-1, 1)) * environment[name].slope
        return Differentiable(np.zeros(count) + self.expression.evaluate(values), slope)
