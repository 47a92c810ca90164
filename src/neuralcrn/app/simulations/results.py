"""What a simulation gives: its table, its figure and its summary, of one run or of a scan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.app.simulations.changes import Scan
from neuralcrn.app.simulations.columns import Block, Table, table_csv
from neuralcrn.errors import SimulationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuralcrn.app.simulations.options import SimulationOptions
    from neuralcrn.engines import Ensemble, Trajectory


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """One simulation, or one for each value of a scan.

    Attributes
    ----------
    source : str
        Name of the file or circuit.
    scan : Scan, optional
        What differs from run to run.
    options : SimulationOptions
    scale : float
        Molecules of one unit of concentration, where molecules are counted.
    tables : sequence of Table
        One a run, each with its model.
    times : ndarray, shape (n_times,)
        Of the rows of the table.
    grid : ndarray, shape (n_grid,)
        Of what is recorded: `times` and, for a figure, more between them.
    """

    source: str
    scan: Scan | None
    options: SimulationOptions
    scale: float
    tables: Sequence[Table]
    times: NDArray[np.float64]
    grid: NDArray[np.float64]

    @property
    def scanned(self) -> tuple[str, ...]:
        """Heading of the scanned column, if there is one."""
        if self.scan is None:
            return ()
        is_species = self.scan.name in self.tables[0].model.network.index
        return (f"{self.scan.name}_initial" if is_species else self.scan.name,)

    @property
    def before(self) -> list[tuple[float, ...]]:
        """What stands first in the rows of each run."""
        return [()] if self.scan is None else [(value,) for value in self.scan.values]

    def scan_figure(self, series: Sequence[NDArray[np.float64]]) -> Figure:
        """Draw a curve for each value; a run that ended early ends early there."""
        from neuralcrn.plots import scan_figure

        assert self.scan is not None
        table = self.tables[0]
        whole = np.full((len(series), len(self.grid), len(table.species)), np.nan)
        for i, values in enumerate(series):
            whole[i, : len(values)] = values
        curves = {name: whole[:, :, i] for i, name in enumerate(table.species)}
        return scan_figure(
            self.grid, curves, self.scanned[0], self.scan.values, table.label, log=self.options.log,
            by_decade=self.scan.by_decade,
        )  # fmt: skip

    def summary(self, common: dict[str, Any], each: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return one object: of one run, or of all values of a scan."""
        head = {"file": self.source, **common, "units": self.tables[0].units_by_name}
        if self.scan is None:
            return {**head, **each[0]}
        results = [{"value": value, **one} for value, one in zip(self.scan.values, each, strict=True)]
        return {**head, "scan": self.scan.name, "results": results}


class Simulated(ABC):
    """What a simulation gives.

    Attributes
    ----------
    plan : Plan
        What was simulated.
    """

    plan: Plan

    @abstractmethod
    def csv(self) -> str:
        """Return the table, numbers at full precision."""

    @abstractmethod
    def figure(self) -> Figure:
        """Draw the species that are shown."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return how each run ended, as plain values."""

    @abstractmethod
    def check_end(self) -> None:
        """Refuse a run that stopped early; what it reached is in the table all the same.

        Raises
        ------
        SimulationError
            With the reason, and what to do.
        """

    def picture(self, image: str) -> bytes:
        """Return the figure as the contents of a file: ``svg``, ``png`` or ``pdf``."""
        from neuralcrn.plots import image_of

        return image_of(self.figure(), image)


@final
@dataclass(frozen=True, slots=True)
class Trajectories(Simulated):
    """Concentrations or amounts over time.

    Attributes
    ----------
    plan : Plan
        What was simulated.
    results : sequence of Trajectory
        One a run.
    """

    plan: Plan
    results: Sequence[Trajectory]

    def csv(self) -> str:
        """Return the table of concentrations or amounts."""
        plan = self.plan
        rows = np.searchsorted(plan.grid, plan.times)

        def blocks() -> Iterator[Block]:
            for before, table, result in zip(plan.before, plan.tables, self.results, strict=True):
                reached = rows[rows < len(result.times)]
                times = result.times[reached]
                yield before, times, table.values(times, result.values[reached])

        return table_csv([*plan.scanned, "time", *plan.tables[0].headings], blocks())

    def figure(self) -> Figure:
        """Draw the species of each run."""
        from neuralcrn.plots import trajectory_figure

        plan = self.plan
        series = [table.shown(result.values) for table, result in zip(plan.tables, self.results, strict=True)]
        if plan.scan is not None:
            return plan.scan_figure(series)
        table = plan.tables[0]
        curves = _by_name(table, series[0])
        return trajectory_figure(self.results[0].times, curves, table.label, log=plan.options.log)

    def to_json(self) -> dict[str, Any]:
        """Return how each run ended, and where."""
        each = [
            {
                "outcome": result.outcome.name.lower(),
                "end": result.end,
                "steps": result.steps,
                "final": _named(table, table.values(result.times[-1:], result.values[-1:])[0]),
            }
            for table, result in zip(self.plan.tables, self.results, strict=True)
        ]
        return self.plan.summary({}, each)

    def check_end(self) -> None:
        """Refuse a run that stopped early, and say which."""
        from neuralcrn.engines import Outcome

        scan = self.plan.scan
        for before, result in zip(self.plan.before, self.results, strict=True):
            if result.outcome != Outcome.SUCCESS:
                where = f", {scan.name} = {before[0]:g}" if scan is not None else ""
                raise SimulationError(
                    f"{self.plan.source}{where}: stopped at time {result.end:.6g}: {result.outcome.advice}"
                )


@final
@dataclass(frozen=True, slots=True)
class Ensembles(Simulated):
    """Molecules over time: mean and deviation, or every run.

    Attributes
    ----------
    plan : Plan
        What was simulated.
    results : sequence of Ensemble
        One a value of the scan.
    """

    plan: Plan
    results: Sequence[Ensemble]

    def csv(self) -> str:
        """Return the table of mean and deviation, or that of every run."""
        plan = self.plan
        rows = np.searchsorted(plan.grid, plan.times)

        def blocks() -> Iterator[Block]:
            for before, table, result in zip(plan.before, plan.tables, self.results, strict=True):
                if result.values is None:
                    yield before, plan.times, table.moments(result.mean[rows], result.deviation[rows])
                    continue
                for run, counts in enumerate(result.values):
                    yield (*before, run), plan.times, table.values(plan.times, counts[rows])

        if plan.options.all_runs:
            return table_csv([*plan.scanned, "run", "time", *plan.tables[0].headings], blocks())
        return table_csv([*plan.scanned, "time", *plan.tables[0].moment_headings], blocks())

    def figure(self) -> Figure:
        """Draw means with bands, or every run."""
        from neuralcrn.plots import runs_figure, trajectory_figure

        plan, table, result, log = self.plan, self.plan.tables[0], self.results[0], self.plan.options.log
        if plan.scan is not None:
            means = [part.shown(made.mean) for part, made in zip(plan.tables, self.results, strict=True)]
            return plan.scan_figure(means)
        if result.values is not None:
            runs = np.stack([table.shown(counts) for counts in result.values])
            curves = {name: runs[:, :, i] for i, name in enumerate(table.species)}
            return runs_figure(plan.grid, curves, table.label, log=log, jumps=plan.options.method == "ssa")
        means, deviations = (_by_name(table, table.shown(v)) for v in (result.mean, result.deviation))
        return trajectory_figure(plan.grid, means, table.label, log=log, deviations=deviations)

    def to_json(self) -> dict[str, Any]:
        """Return the moments at the end."""
        options = self.plan.options
        common = {
            "method": options.method,
            "volume": self.plan.scale,
            "runs": options.runs,
            "seed": options.seed,
        }
        each = [
            {
                "steps": result.steps,
                "final_mean": _named(table, table.shown(result.mean[-1:])[0]),
                "final_sd": _named(table, table.shown(result.deviation[-1:])[0]),
            }
            for table, result in zip(self.plan.tables, self.results, strict=True)
        ]
        return self.plan.summary(common, each)

    def check_end(self) -> None:
        """Do nothing: a stochastic run that stops early has no result."""


def _by_name(table: Table, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return dict(zip(table.species, values.T, strict=True))


def _named(table: Table, values: NDArray[np.float64]) -> dict[str, float]:
    names = (*table.species, *table.others)[: len(values)]
    return dict(zip(names, values.tolist(), strict=True))
