"""What is read from a file: a network, and what turns its states into everything the file speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Event, Network
from neuralcrn.errors import NetworkError, UnknownNameError, printable

Unit = Literal["concentration", "amount"]
"""What the state of a network counts: concentration = amount / size of the compartment."""

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
        What its states are.
    sizes : tuple of float or None, volume
        Size of the compartment of each species; None where the file gives none, 1 for a parameter.
    fixed : tuple of str
        Species that reactions take part of but never change.
    constants : mapping from str to float
        Compartments, parameters and identified stoichiometries that never change.
    events : tuple of Event
        What happens to the network from outside; `read_sbml` refuses a model that has any.
    columns : tuple of str
        All that has a value over time: species, parameters, compartments, what rules assign, rates of
        reactions; see `column`.
    meanings : tuple of str
        What the symbol of each species means in the file: "concentration" or "amount"; "" for a parameter.
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
        """Return the values of one symbol, in the units of the document.

        Parameters
        ----------
        name : str
            One of `columns`. A species means what its symbol means in the file: an amount if it has only
            substance units, else a concentration.
        times : ndarray, shape (n_times,)
            Times of a trajectory of the network.
        states : ndarray, shape (n_times, n_species), in `unit`
            Its values.

        Returns
        -------
        ndarray, shape (n_times,)
            NaN or infinite where a rule divides by zero.

        Raises
        ------
        UnknownNameError
            If there is no such column.
        NetworkError
            If its formula has what is not supported, such as a delay.
        """
        if self._column is None:
            raise UnknownNameError("column", name, self.columns)
        return self._column(name, times, states)

    def reactions_alone(self, source: str) -> Network:
        """Return the network of a model to which nothing happens from outside; else refuse it."""
        if self.events:
            raise NetworkError(
                f"{printable(source)}: event {printable(self.events[0].name)}: a network is changed by "
                "reactions alone; neuralcrn simulate plays events, too"
            )
        return self.network

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
                where = (
                    "the file gives no volume"
                    if self.unit == "concentration"
                    else (f"the compartment of species {name} has no size")
                )
                raise NetworkError(f"{where}: only {self.unit}s are known")
        return np.array(self.sizes, dtype=np.float64)
