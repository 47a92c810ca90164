"""Derivatives of concentrations with respect to parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import UnknownNameError


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sensitivities:
    """Forward sensitivities dx/dp of a trajectory.

    Attributes
    ----------
    names : tuple of str
        The parameters.
    values : ndarray, shape (n_times, n_species, n_parameters), concentration per unit of the parameter
        One matrix per recorded time.
    final : ndarray, shape (n_species, n_parameters)
        The sensitivities at the end of the run.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    final: NDArray[np.float64]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the derivatives with respect to one parameter, shape (n_times, n_species)."""
        if name not in self.names:
            raise UnknownNameError("parameter", name, self.names)
        return self.values[:, :, self.names.index(name)]
