"""What is read from an SBML model: the network, and what turns its state into amounts and concentrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.errors import NetworkError

Unit = Literal["concentration", "amount"]
"""What the state of a network counts: concentration = amount / size of the compartment."""


@final
@dataclass(frozen=True, slots=True)
class SbmlModel:
    """A network read from SBML.

    Attributes
    ----------
    network : Network
        Species in the order of the file.
    unit : {"concentration", "amount"}
        What its states are.
    sizes : tuple of float or None, volume
        Size of the compartment of each species; None where the file gives none.
    fixed : tuple of str
        Species that reactions take part of but never change.
    constants : mapping from str to float
        Compartments, parameters and identified stoichiometries, which a model may be asked for.
    """

    network: Network
    unit: Unit
    sizes: tuple[float | None, ...]
    fixed: tuple[str, ...]
    constants: Mapping[str, float]

    def amounts(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return states of the network as amounts of substance.

        Parameters
        ----------
        states : ndarray, shape (..., species), in `unit`
            For instance the values of a trajectory.

        Returns
        -------
        ndarray, shape (..., species), substance
        """
        return states if self.unit == "amount" else states * self._known_sizes()

    def concentrations(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return states of the network as concentrations, see `amounts`.

        Raises
        ------
        NetworkError
            If the size of a compartment is not known.
        """
        return states if self.unit == "concentration" else states / self._known_sizes()

    def _known_sizes(self) -> NDArray[np.float64]:
        for name, size in zip(self.network.species, self.sizes, strict=True):
            if size is None:
                raise NetworkError(f"the compartment of species {name} has no size: only amounts are known")
        return np.array(self.sizes, dtype=np.float64)
