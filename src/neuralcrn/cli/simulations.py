"""What ``neuralcrn simulate`` does once its options are read: runs, their table, figure and summary."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.cli.changes import Scan
from neuralcrn.cli.columns import Block, Table, table_csv
from neuralcrn.cli.output import console
from neuralcrn.errors import InvalidValueError, SimulationError, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.engines import Ensemble, Trajectory
    from neuralcrn.formats import SbmlModel

_SMOOTH = 400
"""Points of a drawn curve, at least."""
_LOG_DECADES = 6
"""How many decades of time a logarithmic axis shows."""


class Way(NamedTuple):
    """How a network is simulated; `volume` is known where molecules are counted."""

    method: str
    volume: float
    runs: int
    seed: int
    all_runs: bool
    rtol: float
    atol: float | None


@final
@dataclass(frozen=True, slots=True)
class Job:
    """One simulation, or one for each value of a scan.

    Attributes
    ----------
    source : str
        Name of the file or circuit.
    scan : Scan, optional
        What differs from run to run.
    way : Way
    tables : sequence of Table
        One a run, each with its model.
    times : ndarray, shape (n_times,)
        Of the rows of the table.
    grid : ndarray, shape (n_grid,)
        Of what is recorded: `times` and more between them, see `smooth`.
    """

    source: str
    scan: Scan | None
    way: Way
    tables: Sequence[Table]
    times: NDArray[np.float64]
    grid: NDArray[np.float64]

    def trajectories(self) -> list[Trajectory]:
        """Integrate every model."""
        with _bar("values", len(self.tables)) as told:
            made: list[Trajectory] = []
            for table in self.tables:
                made.append(self._integrate(table.model))
                told(len(made))
            return made

    def ensembles(self) -> list[Ensemble]:
        """Count the molecules of every model."""
        from neuralcrn.engines import simulate_stochastic

        way, made = self.way, []
        with _bar("runs", way.runs * len(self.tables)) as told:
            for i, table in enumerate(self.tables):
                made.append(
                    simulate_stochastic(
                        table.model.network,
                        float(self.grid[-1]),
                        self.grid,
                        method=way.method,
                        volume=way.volume,
                        runs=way.runs,
                        seed=way.seed,
                        keep_runs=way.all_runs,
                        progress=lambda done, before=i * way.runs: told(before + done),
                    )
                )
        return made

    def csv_of_trajectories(self, results: Sequence[Trajectory]) -> str:
        """Return the table of concentrations or amounts."""
        rows = np.searchsorted(self.grid, self.times)

        def blocks() -> Iterator[Block]:
            for before, table, result in zip(self._before(), self.tables, results, strict=True):
                reached = rows[rows < len(result.times)]
                times = result.times[reached]
                yield before, times, table.values(times, result.values[reached])

        return table_csv([*self._scanned, "time", *self.tables[0].headings], blocks())

    def csv_of_ensembles(self, results: Sequence[Ensemble]) -> str:
        """Return the table of mean and deviation, or that of every run."""
        rows = np.searchsorted(self.grid, self.times)

        def blocks() -> Iterator[Block]:
            for before, table, result in zip(self._before(), self.tables, results, strict=True):
                if result.values is None:
                    yield before, self.times, table.moments(result.mean[rows], result.deviation[rows])
                    continue
                for run, counts in enumerate(result.values):
                    yield (*before, run), self.times, table.values(self.times, counts[rows])

        if self.way.all_runs:
            return table_csv([*self._scanned, "run", "time", *self.tables[0].headings], blocks())
        return table_csv([*self._scanned, "time", *self.tables[0].moment_headings], blocks())

    def figure_of_trajectories(self, results: Sequence[Trajectory], log: str) -> Figure:
        """Draw the species of each run."""
        from neuralcrn.plots import trajectory_figure

        series = [table.shown(result.values) for table, result in zip(self.tables, results, strict=True)]
        if self.scan is not None:
            return self._scan_figure(series, log)
        table = self.tables[0]
        return trajectory_figure(results[0].times, _by_name(table, series[0]), table.label, log=log)

    def figure_of_ensembles(self, results: Sequence[Ensemble], log: str) -> Figure:
        """Draw means with bands, or every run."""
        from neuralcrn.plots import runs_figure, trajectory_figure

        table, result = self.tables[0], results[0]
        if self.scan is not None:
            means = [part.shown(made.mean) for part, made in zip(self.tables, results, strict=True)]
            return self._scan_figure(means, log)
        if result.values is not None:
            runs = np.stack([table.shown(counts) for counts in result.values])
            curves = {name: runs[:, :, i] for i, name in enumerate(table.species)}
            return runs_figure(self.grid, curves, table.label, log=log, jumps=self.way.method == "ssa")
        means, deviations = (_by_name(table, table.shown(v)) for v in (result.mean, result.deviation))
        return trajectory_figure(self.grid, means, table.label, log=log, deviations=deviations)

    def summary_of_trajectories(self, results: Sequence[Trajectory]) -> dict[str, Any]:
        """Return how each run ended, and where."""
        return self._summary(
            {},
            [
                {
                    "outcome": result.outcome.name.lower(),
                    "end": result.end,
                    "steps": result.steps,
                    "final": _named(table, table.values(result.times[-1:], result.values[-1:])[0]),
                }
                for table, result in zip(self.tables, results, strict=True)
            ],
        )

    def summary_of_ensembles(self, results: Sequence[Ensemble]) -> dict[str, Any]:
        """Return the moments at the end."""
        way = self.way
        common = {"method": way.method, "volume": way.volume, "runs": way.runs, "seed": way.seed}
        return self._summary(
            common,
            [
                {
                    "steps": result.steps,
                    "final_mean": _named(table, table.shown(result.mean[-1:])[0]),
                    "final_sd": _named(table, table.shown(result.deviation[-1:])[0]),
                }
                for table, result in zip(self.tables, results, strict=True)
            ],
        )

    def check_ends(self, results: Sequence[Trajectory]) -> None:
        """Say which run stopped early, after what was reached is written."""
        from neuralcrn.engines import Outcome

        for before, result in zip(self._before(), results, strict=True):
            if result.outcome != Outcome.SUCCESS:
                where = f", {self.scan.name} = {before[0]:g}" if self.scan is not None else ""
                raise SimulationError(
                    f"{self.source}{where}: stopped at time {result.end:.6g}: {result.outcome.advice}"
                )

    def _integrate(self, model: SbmlModel) -> Trajectory:
        from neuralcrn.engines import simulate

        end, way = float(self.grid[-1]), self.way
        if model.events:
            from neuralcrn.engines.native.events import simulate_events

            return simulate_events(model.network, model.events, end, self.grid, rtol=way.rtol, atol=way.atol)
        return simulate(model.network, end, self.grid, rtol=way.rtol, atol=way.atol)

    @property
    def _scanned(self) -> tuple[str, ...]:
        """Heading of the scanned column, if there is one."""
        if self.scan is None:
            return ()
        is_species = self.scan.name in self.tables[0].model.network.index
        return (f"{self.scan.name}_initial" if is_species else self.scan.name,)

    def _before(self) -> list[tuple[float, ...]]:
        """Return what stands first in the rows of each run."""
        return [()] if self.scan is None else [(value,) for value in self.scan.values]

    def _scan_figure(self, series: Sequence[NDArray[np.float64]], log: str) -> Figure:
        """Draw a curve for each value; a run that ended early ends early there."""
        from neuralcrn.plots import scan_figure

        assert self.scan is not None
        table = self.tables[0]
        whole = np.full((len(series), len(self.grid), len(table.species)), np.nan)
        for i, values in enumerate(series):
            whole[i, : len(values)] = values
        curves = {name: whole[:, :, i] for i, name in enumerate(table.species)}
        return scan_figure(
            self.grid, curves, self._scanned[0], self.scan.values, table.label, log=log,
            by_decade=self.scan.by_decade,
        )  # fmt: skip

    def _summary(self, common: dict[str, Any], each: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return one object: of one run, or of all values of a scan."""
        head = {"file": self.source, **common, "units": self.tables[0].units_by_name}
        if self.scan is None:
            return {**head, **each[0]}
        results = [{"value": value, **one} for value, one in zip(self.scan.values, each, strict=True)]
        return {**head, "scan": self.scan.name, "results": results}


def smooth(times: NDArray[np.float64], method: str, log: str) -> NDArray[np.float64]:
    """Return these times and so many between them that a curve is smooth.

    The steps of tau-leaping and of the Langevin equation end at every recorded time, so more times would
    change their results: they keep theirs.
    """
    if method not in ("ode", "ssa"):
        return times
    finer = np.linspace(0.0, times[-1], _SMOOTH + 1)
    if "x" in log:
        finer = np.concatenate([finer, np.geomspace(times[-1] / 10**_LOG_DECADES, times[-1], _SMOOTH)])
    finer = finer[finer <= times[-1]]
    return np.union1d(times, finer)


def with_volume(source: Path, model: SbmlModel, volume: float | None) -> tuple[SbmlModel, float]:
    """Return a model with states that are counts of molecules, and the molecules of one unit of it."""
    shown = printable(str(source))
    if volume is None:
        if model.unit == "concentration":
            largest = max(model.network.initial, default=0.0)
            raise InvalidValueError(
                "--volume is needed: molecules per unit concentration; the largest initial concentration of "
                f"{shown} is {largest:g}"
            )
        _refuse_parts(shown, model)  # its laws are those of counts
        return model, 1.0
    if not 0.0 < volume < float("inf"):
        raise InvalidValueError(f"--volume {volume:g}: it must be positive and finite")
    sizes = [1.0 if model.unit == "concentration" else size for size in model.sizes]
    scaled = tuple(None if size is None else size * volume for size in sizes)
    return replace(model, unit="amount", sizes=scaled), volume


def _refuse_parts(shown: str, model: SbmlModel) -> None:
    """Refuse counts of molecules that are not whole: the file means something else by its numbers."""
    start = zip(model.network.species, model.network.initial, strict=True)
    if parts := [f"{name} = {count:g}" for name, count in start if abs(count - round(count)) > 1e-9 * count]:
        raise InvalidValueError(
            f"{shown}: {', '.join(parts[:3])} at the start: not whole numbers of molecules; say by --volume "
            "how many molecules one unit of concentration has (of amount, where sizes of compartments differ)"
        )


def _by_name(table: Table, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return dict(zip(table.species, values.T, strict=True))


def _named(table: Table, values: NDArray[np.float64]) -> dict[str, float]:
    names = (*table.species, *table.others)[: len(values)]
    return dict(zip(names, values.tolist(), strict=True))


@contextmanager
def _bar(what: str, total: int) -> Generator[Callable[[int], None]]:
    """Show how many are done, where there is a terminal and more than one to do."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = total < 2 or not console.is_terminal
    with Progress(*columns, console=console, disable=hidden, transient=True) as bar:
        row = bar.add_task(what, total=total)
        yield lambda done: bar.update(row, completed=done)
