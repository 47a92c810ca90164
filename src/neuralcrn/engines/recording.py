"""The concentrations of all species during one training step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Concentrations during the phases of one training step.

    Attributes
    ----------
    program : Program
        The executed program.
    species : tuple of str
        All species of the pot.
    times : ndarray, shape (n,), time
        Time since the first dose; times at ends of phases occur twice.
    values : ndarray, shape (n, species), concentration
        One row per time.
    boundaries : tuple of (str, float, float)
        Name, start and end of each phase.
    """

    program: Program
    species: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    boundaries: tuple[tuple[str, float, float], ...]

    def signed(self, variable: Variable) -> NDArray[np.float64]:
        """Return the value of a variable as a function of time, the difference of its rails."""
        rails = self.program.rails.of(variable)
        return sum(
            (sign * self.values[:, self.species.index(name)] for name, sign in rails),
            start=np.zeros(len(self.times)),
        )
