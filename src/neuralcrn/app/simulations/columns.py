"""Table of a simulation: columns, units and headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

if TYPE_CHECKING:
    from neuralcrn.formats import SbmlModel

UNITS = ("concentration", "amount", "document")
TABLE_LIMIT = 20_000_000
"""Maximum number of values in a table."""
_LISTED = 40

Unit = Literal["concentration", "amount", ""]
Block = tuple[Sequence[float | int], NDArray[np.float64], NDArray[np.float64]]
"""Leading cells of each row, times, shape (n,), and columns, shape (n, n_columns)."""


@final
@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table.

    Attributes
    ----------
    model : SbmlModel
        The simulated model.
    species : tuple of str
        Species in the table, in order.
    units : tuple of {"concentration", "amount", ""}
        Unit of each species; "" for a variable parameter.
    others : tuple of str
        Parameters, compartments and assigned variables, in the units of the document.
    counted : bool
        Whether the simulation is stochastic, so that headings without unit mean molecules.
    """

    model: SbmlModel
    species: tuple[str, ...]
    units: tuple[Unit, ...]
    others: tuple[str, ...]
    counted: bool

    @classmethod
    def of(
        cls,
        model: SbmlModel,
        *,
        species: tuple[str, ...] | None,
        columns: tuple[str, ...],
        units: str | None,
        counted: bool,
    ) -> Table:
        """Return the requested table; see `SimulationOptions`."""
        if units is not None and units not in UNITS:
            raise UnknownNameError("units", units, UNITS)
        network = model.network
        chosen = network.species if species is None else species
        for name in chosen:
            if name not in network.index:
                raise UnknownNameError("species", name, network.species[:_LISTED])
        shown: tuple[Unit, ...] = tuple(_unit(model, network.index[name], units, counted) for name in chosen)
        others = _other_names(model)
        if columns == ("all",):
            asked = others
        else:
            asked = tuple(
                name for name in columns if name not in chosen
            )  # variables of rules, which are included anyway
            for name in asked:
                if name not in others:
                    raise UnknownNameError("column", name, others[:_LISTED])
        table = cls(model, chosen, shown, asked, counted)
        table._factors()  # raises an error for unknown units
        return table

    @property
    def label(self) -> str:
        """Common unit of all species, for an axis."""
        return " or ".join(dict.fromkeys(unit or "value" for unit in self.units_by_name.values()))

    @property
    def headings(self) -> tuple[str, ...]:
        """Names of the columns; a species that is not in the default unit has its unit in the name."""
        usual = "amount" if self.counted else "concentration"
        species = (
            name if unit in (usual, "") and name not in ("time", "run") else f"{name}_{unit or 'value'}"
            for name, unit in zip(self.species, self.units, strict=True)
        )
        return (*species, *self.others)

    @property
    def units_by_name(self) -> dict[str, str]:
        """Unit of each species; molecules for stochastic simulation."""
        return {
            name: "molecules" if self.counted and unit == "amount" else unit
            for name, unit in zip(self.species, self.units, strict=True)
        }

    def values(self, times: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the columns, shape (n, n_columns), from states of the network, shape (n, n_species)."""
        others = [_other(self.model, name, times, states) for name in self.others]
        return np.column_stack([self.shown(states), *others])

    def shown(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the species of the table in their units from states of the network."""
        return states[:, [self.model.network.index[name] for name in self.species]] * self._factors()

    def moments(self, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return mean and standard deviation of each species, then constants."""
        for name in self.others:
            if name not in self.model.constants:
                raise InvalidValueError(
                    f"column {printable(name)}: changes from run to run: ask for all runs, which show each"
                )
        both = np.stack([self.shown(mean), self.shown(deviation)], axis=2)
        others = [np.full(len(mean), self.model.constants[name]) for name in self.others]
        return np.column_stack([both.reshape(len(mean), -1), *others])

    @property
    def moment_headings(self) -> tuple[str, ...]:
        """Names of the columns of `moments`."""
        species = self.headings[: len(self.species)]
        return (*(f"{name}_{moment}" for name in species for moment in ("mean", "sd")), *self.others)

    def _factors(self) -> NDArray[np.float64]:
        """Return the factors of the states, shape (n_species shown,)."""
        model, network = self.model, self.model.network
        ones = np.ones((1, len(network.species)))
        given: dict[Unit, NDArray[np.float64]] = {"": ones[0]}
        if "amount" in self.units:
            given["amount"] = model.amounts(ones)[0]
        if "concentration" in self.units:
            given["concentration"] = model.concentrations(ones)[0]
        places = zip(self.species, self.units, strict=True)
        return np.array([given[unit][network.index[name]] for name, unit in places])

    def derivatives(self, changes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivatives of the species by each parameter, shape (n, n_parameters * n_species shown),
        from those of states, shape (n, n_species, n_parameters).
        """
        places = [self.model.network.index[name] for name in self.species]
        shown = changes[:, places] * self._factors()[:, None]
        return shown.transpose(0, 2, 1).reshape(len(changes), -1)

    def derivative_headings(self, parameters: Sequence[str]) -> list[str]:
        """Names of the columns of `derivatives`."""
        species = self.headings[: len(self.species)]
        return [f"d[{name}]/d[{parameter}]" for parameter in parameters for name in species]

    def check_size(self, rows: int, per_species: int) -> None:
        """Reject tables that are too large, before the simulation."""
        columns = len(self.species) * per_species + len(self.others)
        if rows * columns > TABLE_LIMIT:
            raise InvalidValueError(
                f"the table would have {rows:,} rows and {columns:,} columns, {rows * columns:,} numbers: at "
                f"most {TABLE_LIMIT:,} are written: ask for fewer steps, or for some of the species"
            )


def table_csv(headings: Sequence[str], blocks: Iterable[Block]) -> str:
    """Return a table as text, numbers at full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(headings)
    for before, times, values in blocks:
        lead = [repr(value) for value in before]
        for time, row in zip(times.tolist(), values.tolist(), strict=True):
            writer.writerow([*lead, repr(time), *map(repr, row)])
    return stream.getvalue()


def _unit(model: SbmlModel, position: int, units: str | None, counted: bool) -> Unit:
    """Return the unit of a species: the requested one, or the default."""
    meaning = model.meanings[position]
    if meaning == "" or units == "document":
        return meaning
    if units is None:
        known = model.unit == "concentration" or None not in model.sizes
        return "concentration" if known and not counted else "amount"
    return "amount" if units == "amount" else "concentration"


def _other_names(model: SbmlModel) -> tuple[str, ...]:
    """Return the names of additional columns."""
    return tuple(
        name for name in dict.fromkeys((*model.columns, *model.constants)) if name not in model.network.index
    )


def _other(
    model: SbmlModel, name: str, times: NDArray[np.float64], states: NDArray[np.float64]
) -> NDArray[np.float64]:
    if name in model.constants:
        return np.full(len(times), model.constants[name])
    return model.column(name, times, states)
