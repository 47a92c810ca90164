"""Adam, the adaptive gradient method of arXiv 1412.6980."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8


@final
@dataclass(frozen=True, slots=True, eq=False)
class Adam:
    """Parameters, and the running moments of their gradient.

    Examples
    --------
    >>> adam = Adam.at(np.array([1.0]))
    >>> for _ in range(200):
    ...     adam = adam.step(2.0 * adam.values, 0.05)
    >>> bool(abs(adam.values[0]) < 1e-2)
    True
    """

    values: Array
    first: Array
    second: Array
    steps: int = 0

    @classmethod
    def at(cls, values: Array) -> Adam:
        """Return the state before the first step."""
        return cls(values, np.zeros_like(values), np.zeros_like(values))

    def step(self, gradient: Array, rate: float, decay: float = 0.0) -> Adam:
        """Return the state after one step against a gradient.

        With `decay`, parameters also shrink by ``rate * decay`` of themselves (AdamW, arXiv 1711.05101).
        """
        steps = self.steps + 1
        first = _FIRST * self.first + (1.0 - _FIRST) * gradient
        second = _SECOND * self.second + (1.0 - _SECOND) * gradient**2
        size = np.sqrt(second / (1.0 - _SECOND**steps)) + _SMALL
        values = self.values - rate * first / (1.0 - _FIRST**steps) / size - rate * decay * self.values
        return replace(self, values=values, first=first, second=second, steps=steps)
