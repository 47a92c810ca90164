"""Results of deterministic simulations."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from neuralcrn.display import Displayed, Document, Fold, Paragraph, Picture, Table, thinned
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.sensitivities import Sensitivities
from neuralcrn.engines.table_library import table_library
from neuralcrn.errors import InvalidValueError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DRAWN_SPECIES = 10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trajectory(Displayed):
    """Concentrations over time.

    Attributes
    ----------
    species : tuple of str
        All species of the network, in its order.
    times : ndarray, shape (n_times,), time units of the rate constants
        Recorded times, up to the time that was reached.
    values : ndarray, shape (n_times, n_species), concentration
        One row per time.
    outcome : Outcome
        Outcome of the run.
    end : float
        The time that was reached; the last recorded time in case of success.
    steps : int
        Number of accepted and rejected steps.
    final : ndarray, shape (n_species,), concentration
        The state at `end`, which for an event is usually not one of the recorded times.
    sensitivities : Sensitivities, optional
        Derivatives of the values with respect to parameters, if they were asked for.
    """

    species: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    outcome: Outcome
    end: float
    steps: int
    final: NDArray[np.float64]
    sensitivities: Sensitivities | None = None

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the concentrations of one species, shape (n_times,)."""
        if name not in self.species:
            raise InvalidValueError(
                f"no species {name!r} in this trajectory: it has {', '.join(self.species[:20])}"
            )
        return self.values[:, self.species.index(name)]

    def signed(self, name: str) -> NDArray[np.float64]:
        """Return the signed value ``name_p - name_n``, shape (n_times,)."""
        return self[f"{name}_p"] - self[f"{name}_n"]

    def write_csv(self, stream: TextIO) -> None:
        """Write ``time,A,B,...`` with one row per time, at full precision.

        The column of a species with the name ``time`` has the heading ``time_concentration``.
        """
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(headings(("time",), self.species, "concentration"))
        for time, row in zip(self.times, self.values, strict=True):
            writer.writerow([repr(float(time)), *(repr(float(value)) for value in row)])

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, indexed by time (loaded on use: the extra `tables`)."""
        pd = table_library("pandas")
        return pd.DataFrame(self.values, index=pd.Index(self.times, name="time"), columns=list(self.species))

    def to_xarray(self) -> Any:
        """Return an xarray DataArray with dimensions time and species (loaded on use: the extra `tables`)."""
        xr = table_library("xarray")
        coordinates = {"time": self.times, "species": list(self.species)}
        return xr.DataArray(self.values, coords=coordinates, dims=("time", "species"), name="concentration")

    def figure(self) -> Figure:
        """Return a figure of all species over time."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.0, 4.0), layout="constrained")
        self.plot(figure.add_subplot())
        return figure

    def plot(self, axes: Axes) -> Axes:
        """Draw all species over time into the given axes and return them."""
        for name, series in zip(self.species, self.values.T, strict=True):
            axes.plot(self.times, series, label=name)
        axes.set_xlabel("time")
        axes.set_ylabel("concentration")
        if len(self.species) <= 20:
            axes.legend(frameon=False, fontsize="small")
        return axes

    def __repr__(self) -> str:
        return f"<Trajectory: {self._summary}>"

    @property
    def _summary(self) -> str:
        """Summary in one line."""
        sizes = f"{len(self.species):,} species, {len(self.times):,} times up to {self.end:g}"
        return f"{sizes}: {self.outcome.advice}"

    def document(self) -> Document:
        """Return the curves of the species that change most, and the extremes of all of them."""
        values = np.vstack([self.values, self.final])  # never empty
        ends = (values[0], values.min(axis=0), values.max(axis=0), values[-1])
        rows = list(zip(self.species, *(end.tolist() for end in ends), strict=True))

        def row(numbers: tuple[str, float, float, float, float]) -> tuple[str, ...]:
            return numbers[0], *(f"{number:.4g}" for number in numbers[1:])

        extremes = Table.of(("species", "first", "lowest", "highest", "last"), rows, row)
        chosen = np.sort(np.argsort(-np.ptp(values, axis=0), kind="stable")[:_DRAWN_SPECIES])
        places = thinned(len(self.times))
        drawn = replace(
            self,
            species=tuple(self.species[i] for i in chosen),
            times=self.times[places],
            values=self.values[places][:, chosen],
            sensitivities=None,
            final=self.final[chosen],
        )
        few = len(chosen) < len(self.species)
        caption = f"{self._summary}{f'; drawn: the {len(chosen)} that change most' if few else ''}"
        return Document.of(Paragraph(caption), Picture(drawn.plot), Fold("every species", (extremes,)))


def headings(first: Sequence[str], species: Sequence[str], unit: str) -> list[str]:
    """Return the headings of a table; species with the names of the first columns get their unit appended.

    Examples
    --------
    >>> headings(("time",), ("A", "time"), "concentration")
    ['time', 'A', 'time_concentration']
    """
    return [*first, *(f"{name}_{unit}" if name in first else name for name in species)]
