"""Initial distributions of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.errors import InvalidValueError


@dataclass(frozen=True, slots=True)
class Distribution:
    """Initial distribution of an array of parameters.

    Attributes
    ----------
    kind : str
        ``normal`` (mean, deviation), ``absolute-normal`` (of the same), ``scaled-normal`` (mean, deviation
        times the square root of the number of columns), ``uniform`` (low, high), ``constant`` (value,
        unused), ``share`` (value, unused), which is divided by the number of columns, or ``hyperplane`` (low,
        high): biases for which ``W x + b`` is zero at a random point x of the box from low to high.
    first, second : float, concentration
        The two parameters of the distribution.
    weights : str
        Name of the matrix W of a hyperplane, which must be drawn before.
    """

    kind: str
    first: float
    second: float = 0.0
    weights: str = ""

    def sample(self, rng: np.random.Generator, size: int, columns: int = 1) -> NDArray[np.float64]:
        """Draw `size` samples of an array with a number of columns.

        Raises
        ------
        InvalidValueError
            If the kind is unknown, or depends on other parameters (see `draw`).

        Examples
        --------
        >>> Distribution("constant", 0.1).sample(np.random.default_rng(0), 2)
        array([0.1, 0.1])
        """
        match self.kind:
            case "normal":
                return rng.normal(self.first, self.second, size)
            case "scaled-normal":
                return rng.normal(self.first, self.second / np.sqrt(columns), size)
            case "absolute-normal":
                return np.abs(rng.normal(self.first, self.second, size))
            case "uniform":
                return rng.uniform(self.first, self.second, size)
            case "constant":
                return np.full(size, self.first)
            case "share":
                return np.full(size, self.first / columns)
            case _:
                raise InvalidValueError(f"unknown distribution {self.kind!r}")


STANDARD = Distribution("normal", 0.0, 1.0)
"""Distribution of parameters for which none is given."""


def draw(
    laws: Mapping[str, Distribution], parameters: Sequence[Variable], rng: np.random.Generator
) -> dict[Variable, float]:
    """Draw parameters from the distributions of their arrays, in the order of the arrays.

    Raises
    ------
    InvalidValueError
        If a distribution is unknown, or the weights of a hyperplane are not drawn before it.

    Examples
    --------
    >>> weights, biases = [Variable("w", (0, 0)), Variable("w", (0, 1))], [Variable("b", (0,))]
    >>> laws = {"w": Distribution("constant", 2.0), "b": Distribution("hyperplane", 1.0, 1.0, weights="w")}
    >>> draw(laws, [*weights, *biases], np.random.default_rng(0))[biases[0]]
    -4.0
    """
    arrays: dict[str, list[Variable]] = {}
    for parameter in parameters:
        arrays.setdefault(parameter.name, []).append(parameter)
    drawn: dict[str, NDArray[np.float64]] = {}
    for name, members in arrays.items():
        law = laws.get(name, STANDARD)
        columns = members[-1].index[-1] + 1 if members[-1].index else 1
        if law.kind != "hyperplane":
            drawn[name] = law.sample(rng, len(members), columns)
        elif law.weights in drawn:
            matrix = drawn[law.weights].reshape(len(members), -1)
            drawn[name] = -np.sum(matrix * rng.uniform(law.first, law.second, matrix.shape), axis=1)
        else:
            raise InvalidValueError(
                f"hyperplane of {name}: its weights {law.weights!r} are not drawn before it"
            )
    return {
        v: value
        for name, members in arrays.items()
        for v, value in zip(members, drawn[name].tolist(), strict=True)
    }
