"""Results of stochastic simulations: moments of the runs, and optionally the runs."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from neuralcrn.display import Displayed, Document, Fold, Paragraph, Picture, Table
from neuralcrn.engines.table_library import table_library
from neuralcrn.engines.trajectory import headings
from neuralcrn.errors import InvalidValueError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ensemble(Displayed):
    """Numbers of molecules over time, in many runs.

    Attributes
    ----------
    species : tuple of str
        All species of the network, in its order.
    times : ndarray, shape (n_times,), time units of the rate constants
        Recorded times.
    mean : ndarray, shape (n_times, n_species), molecules
        Mean over the runs.
    deviation : ndarray, shape (n_times, n_species), molecules
        Standard deviation of the runs, with runs - 1 in the denominator; 0 for a single run.
    values : ndarray, shape (runs, n_times, n_species), molecules, or None
        All runs, if they were kept.
    runs : int
        Number of runs.
    method : str
        Simulation method.
    volume : float, molecules per unit concentration
        Factor between concentrations and numbers of molecules.
    seed : int
        Seed of the random numbers.
    steps : int
        Total number of jumps or leaps.
    """

    species: tuple[str, ...]
    times: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    values: NDArray[np.float64] | None
    runs: int
    method: str
    volume: float
    seed: int
    steps: int

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the mean of one species, shape (n_times,), molecules."""
        if name not in self.species:
            raise InvalidValueError(
                f"no species {name!r} in this ensemble: it has {', '.join(self.species[:20])}"
            )
        return self.mean[:, self.species.index(name)]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of `table`: ``A_mean``, ``A_sd``, ``B_mean``, ..."""
        return tuple(f"{name}_{moment}" for name in self.species for moment in ("mean", "sd"))

    @property
    def table(self) -> NDArray[np.float64]:
        """Mean and standard deviation of each species side by side, shape (n_times, 2 n_species)."""
        return np.stack([self.mean, self.deviation], axis=2).reshape(len(self.times), -1)

    def write_csv(self, stream: TextIO) -> None:
        """Write ``time,A_mean,A_sd,...`` with one row per time, at full precision."""
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["time", *self.columns])
        for time, row in zip(self.times.tolist(), self.table.tolist(), strict=True):
            writer.writerow([repr(time), *map(repr, row)])

    def write_runs_csv(self, stream: TextIO) -> None:
        """Write ``run,time,A,B,...`` with one row per time and run, run after run.

        Raises
        ------
        InvalidValueError
            If the runs were not kept.
        """
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(headings(("run", "time"), self.species, "molecules"))
        for run, rows in enumerate(self._kept()):
            for time, row in zip(self.times.tolist(), rows.tolist(), strict=True):
                writer.writerow([run, repr(time), *map(repr, row)])

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame, indexed by time (loaded on use: the extra `tables`)."""
        pd = table_library("pandas")
        return pd.DataFrame(self.table, index=pd.Index(self.times, name="time"), columns=list(self.columns))

    def to_xarray(self) -> Any:
        """Return an xarray Dataset: mean, deviation, runs if kept (loaded on use: the extra `tables`)."""
        xr = table_library("xarray")
        grid = ("time", "species")
        parts: dict[str, Any] = {"mean": (grid, self.mean), "deviation": (grid, self.deviation)}
        if self.values is not None:
            parts["molecules"] = (("run", *grid), self.values)
        return xr.Dataset(parts, coords={"time": self.times, "species": list(self.species)})

    def figure(self) -> Figure:
        """Return a figure of all species over time."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.0, 4.0), layout="constrained")
        self.plot(figure.add_subplot())
        return figure

    def plot(self, axes: Axes) -> Axes:
        """Draw the mean of every species with a band of one standard deviation, and return the axes."""
        for name, mean, deviation in zip(self.species, self.mean.T, self.deviation.T, strict=True):
            (line,) = axes.plot(self.times, mean, label=name)
            low = np.maximum(mean - deviation, 0.0)  # counts are not negative
            axes.fill_between(self.times, low, mean + deviation, color=line.get_color(), alpha=0.2)
        axes.set_xlabel("time")
        axes.set_ylabel("molecules")
        if len(self.species) <= 20:
            axes.legend(frameon=False, fontsize="small")
        return axes

    def _kept(self) -> NDArray[np.float64]:
        if self.values is None:
            raise InvalidValueError("ensemble: its runs were not kept, simulate with keep_runs=True")
        return self.values

    def __repr__(self) -> str:
        return (
            f"<Ensemble: {self.runs:,} runs of {len(self.species):,} species to time {self.times[-1]:g} by "
            f"{self.method}, volume {self.volume:g}, seed {self.seed}, {self.steps:,} steps>"
        )

    def document(self) -> Document:
        """Return the last mean and standard deviation of every species, and the figure."""
        rows = list(zip(self.species, self.mean[-1].tolist(), self.deviation[-1].tolist(), strict=True))

        def row(numbers: tuple[str, float, float]) -> tuple[str, ...]:
            return numbers[0], f"{numbers[1]:.4g}", f"{numbers[2]:.4g}"

        last = Table.of(("species", "last mean", "standard deviation"), rows, row)
        return Document.of(Paragraph(repr(self)), Picture(self.plot), Fold("every species", (last,)))
