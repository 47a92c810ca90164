"""A model read from a file: a network, and the conversion of its states to the quantities of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Event, Network
from neuralcrn.errors import NetworkError, UnknownNameError, printable, shown_path

Unit = Literal["concentration", "amount"]
"""Unit of the states of the network: concentration = amount / size of the compartment."""

Column = Callable[[str, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@final
@dataclass(frozen=True, slots=True)
class SbmlModel:
    """A network read from SBML.

    Attributes
    ----------
    network : Network
        Species in the order of the file, then parameters that rate rules or events change.
    unit : {"concentration", "amount"}
        Unit of the states.
    sizes : tuple of float or None, volume
        Compartment size of each species; None if the file does not give one, 1 for a parameter.
    fixed : tuple of str
        Species that are reactants but never change.
    constants : mapping from str to float
        Constant compartments, parameters and identified stoichiometries.
    events : tuple of Event
        Events of the network; `read_sbml` rejects models with events.
    columns : tuple of str
        All names with a value over time: species, parameters, compartments, variables of assignment rules,
        reaction rates; see `column`.
    meanings : tuple of str
        Meaning of the symbol of each species in the file: "concentration" or "amount"; "" for a parameter.
    """

    network: Network
    unit: Unit
    sizes: tuple[float | None, ...]
    fixed: tuple[str, ...]
    constants: Mapping[str, float]
    events: tuple[Event, ...] = ()
    columns: tuple[str, ...] = ()
    meanings: tuple[Unit | Literal[""], ...] = ()
    _column: Column | None = field(default=None, repr=False, compare=False)

    def column(
        self, name: str, times: NDArray[np.float64], states: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the values of one symbol in the units of the document.

        Parameters
        ----------
        name : str
            One of `columns`. For a species, an amount if it has only substance units, else a concentration.
        times : ndarray, shape (n_times,)
            Times of a trajectory of the network.
        states : ndarray, shape (n_times, n_species), in `unit`
            Values of the trajectory.

        Returns
        -------
        ndarray, shape (n_times,)
            NaN or infinite if a rule divides by zero.

        Raises
        ------
        UnknownNameError
            If there is no such column.
        NetworkError
            If its formula contains an unsupported element, such as a delay.
        """
        if self._column is None:
            raise UnknownNameError("column", name, self.columns)
        return self._column(name, times, states)

    def reactions_alone(self, source: str) -> Network:
        """Return the network of a model without events; raise an error if it has events."""
        if self.events:
            raise NetworkError(
                f"{shown_path(source)}: event {printable(self.events[0].name)}: a network is changed by "
                "reactions alone; neuralcrn simulate plays events, too"
            )
        return self.network

    def amounts(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return states of the network as amounts of substance.

        Parameters
        ----------
        states : ndarray, shape (..., species), in `unit`
            For example the values of a trajectory.

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
                where = (
                    "the file gives no volume"
                    if self.unit == "concentration"
                    else (f"the compartment of species {name} has no size")
                )
                raise NetworkError(f"{where}: only {self.unit}s are known")
        return np.array(self.sizes, dtype=np.float64)
