"""Results of a simulation: table, figure and summary, for one run or a scan."""

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
        Scanned values.
    options : SimulationOptions
    scale : float
        Molecules per unit of concentration, for stochastic simulation.
    tables : sequence of Table
        One per run, each with its model.
    times : ndarray, shape (n_times,)
        Times of the rows of the table.
    grid : ndarray, shape (n_grid,)
        Recorded times: `times` and, for a figure, additional ones.
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
        """Heading of the scanned column, if any."""
        if self.scan is None:
            return ()
        is_species = self.scan.name in self.tables[0].model.network.index
        return (f"{self.scan.name}_initial" if is_species else self.scan.name,)

    @property
    def before(self) -> list[tuple[float, ...]]:
        """Leading cells of the rows of each run."""
        return [()] if self.scan is None else [(value,) for value in self.scan.values]

    def scan_figure(self, series: Sequence[NDArray[np.float64]]) -> Figure:
        """Draw one curve per value; curves of runs that stopped early are incomplete."""
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
        """Return one object for a single run, or for all values of a scan."""
        head = {"file": self.source, **common, "units": self.tables[0].units_by_name}
        if self.scan is None:
            return {**head, **each[0]}
        results = [{"value": value, **one} for value, one in zip(self.scan.values, each, strict=True)]
        return {**head, "scan": self.scan.name, "results": results}


class Simulated(ABC):
    """Results of a simulation.

    Attributes
    ----------
    plan : Plan
        The simulation.
    """

    plan: Plan

    @abstractmethod
    def csv(self) -> str:
        """Return the table with numbers at full precision."""

    @abstractmethod
    def figure(self) -> Figure:
        """Draw the selected species."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the outcome of each run as plain values."""

    @abstractmethod
    def check_end(self) -> None:
        """Raise an error if a run stopped early; the table contains the times that were reached.

        Raises
        ------
        SimulationError
            With the reason, and advice.
        """

    def picture(self, image: str) -> bytes:
        """Return the figure as the contents of a file: ``svg``, ``png`` or ``pdf``."""
        from neuralcrn.plots import image_of

        return image_of(self.figure(), image)


@final
@dataclass(frozen=True, slots=True)
class Trajectories(Simulated):
    """Concentrations or amounts as a function of time.

    Attributes
    ----------
    plan : Plan
        The simulation.
    results : sequence of Trajectory
        One per run.
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
                values = table.values(times, result.values[reached])
                if result.sensitivities is not None:
                    changes = table.derivatives(result.sensitivities.values[reached])
                    values = np.column_stack([values, changes])
                yield before, times, values

        table = plan.tables[0]
        derivatives = table.derivative_headings(plan.options.sensitivities)
        return table_csv([*plan.scanned, "time", *table.headings, *derivatives], blocks())

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
        """Return the outcome and the end time of each run."""
        each = [
            {
                "outcome": result.outcome.name.lower(),
                "end": result.end,
                "steps": result.steps,
                "final": _named(table, table.values(result.times[-1:], result.values[-1:])[0]),
                **_final_derivatives(table, result),
            }
            for table, result in zip(self.plan.tables, self.results, strict=True)
        ]
        return self.plan.summary({}, each)

    def check_end(self) -> None:
        """Raise an error for the first run that stopped early."""
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
    """Numbers of molecules as a function of time: mean and deviation, or every run.

    Attributes
    ----------
    plan : Plan
        The simulation.
    results : sequence of Ensemble
        One per value of the scan.
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
        """Return the final moments."""
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
        """Do nothing, since a stochastic run that stops early raises an error."""


def _final_derivatives(table: Table, result: Trajectory) -> dict[str, Any]:
    """Return the derivatives at the last time by each parameter, if there are any."""
    found = result.sensitivities
    if found is None:
        return {}
    last = table.derivatives(found.values[-1:]).reshape(len(found.names), -1)
    by_parameter = {
        name: dict(zip(table.species, row, strict=True))
        for name, row in zip(found.names, last.tolist(), strict=True)
    }
    return {"final_sensitivities": by_parameter}


def _by_name(table: Table, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return dict(zip(table.species, values.T, strict=True))


def _named(table: Table, values: NDArray[np.float64]) -> dict[str, float]:
    names = (*table.species, *table.others)[: len(values)]
    return dict(zip(names, values.tolist(), strict=True))
