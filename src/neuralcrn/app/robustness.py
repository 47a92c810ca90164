"""Tolerance of circuits to perturbations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.studies.robustness import RobustnessReport


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessOptions:
    """Options of training under perturbation.

    Attributes
    ----------
    rule : str, optional
        The learning rule; None for the default of task and circuit.
    level, clock : str
        Level, and the clock of an autonomous program; see `Circuit.compile`.
    disturbances : mapping from str to tuple of float, optional
        Strengths of each disturbance; see `neuralcrn.studies.robustness.sweep.make_sweep`. By default all.
    part : str
        Part of the circuits that is disturbed: ``all``, ``forward``, ``backward``, ``update`` or ``other``.
    always : mapping from str to float, optional
        Disturbances that are present in every training, with their strengths.
    readings : int
        Number of readings for a prediction, with a stochastic method or errors of pipetting.
    seeds, epochs : int, optional
        Trainings per strength, and passes over the data.
    quick : bool
        Whether few seeds, epochs and strengths are used.
    """

    rule: str | None = None
    level: str = "staged"
    clock: str = ""
    disturbances: Mapping[str, tuple[float, ...]] | None = None
    part: str = "all"
    always: Mapping[str, float] | None = None
    readings: int = 1
    seeds: int | None = None
    epochs: int | None = None
    quick: bool = False


@final
@dataclass(frozen=True, slots=True)
class Robustness:
    """Results of a sweep, and the location of its files.

    Attributes
    ----------
    folder : Path
        It contains ``trials.csv``, ``robustness.json``, ``robustness.md`` and the figure.
    report : RobustnessReport
        The results.
    """

    folder: Path
    report: RobustnessReport

    def __str__(self) -> str:
        from neuralcrn.studies.robustness import Case
        from neuralcrn.studies.robustness.tables import MARKDOWN

        lines: list[str] = []
        for circuit in self.report.sweep.specs:
            measured = f"median {self.report.sweep.measure} {self.report.median(circuit, Case()):.3f}"
            lines.append(f"{circuit}: {measured}; loss of less than 5 points up to")
            lines += [
                f"  {name:14} {self.report.tolerated_text(circuit, name)}"
                for name in self.report.sweep.strengths
            ]
        return "\n".join([*lines, f"{self.folder / MARKDOWN}"])

    def to_json(self) -> dict[str, Any]:
        """Return scores and costs as plain values."""
        from neuralcrn.studies.robustness.tables import robustness_json

        return {"folder": str(self.folder), **robustness_json(self.report)}


def robustness(
    circuits: str | Sequence[str],
    task: str,
    folder: Path,
    options: RobustnessOptions | None = None,
    *,
    processes: int | None = None,
    scheduler: str | None = None,
    image: str = "png",
    on_status: OnStatus = ignore_status,
) -> Robustness:
    """Train circuits under perturbations of their chemistry, and write tables and a figure.

    Parameters
    ----------
    circuits : str or sequence of str
        Circuits as ``NAME`` or ``NAME:OPTION=VALUE,...``; see `neuralcrn.studies.robustness.settings`.
    task : str
        Name of a task.
    folder : Path
        Folder of trials and results. Existing results of the same sweep are reused.
    options : RobustnessOptions, optional
        Options.
    processes : int, optional
        Number of processes, at most one per core and per trial; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler, whose workers are used instead.
    image : str
        Format of the figure: ``png``, ``svg`` or ``pdf``.
    on_status : callable
        Called after each completed trial; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError, DataError, CompileError
        If a number is out of range, or task, circuit and level do not match.
    RunError
        If the scheduler does not answer, a job fails repeatedly, or the folder is not writable or contains
        another sweep.
    """
    from neuralcrn.jobs import choose_workers
    from neuralcrn.studies.robustness import make_sweep, run_sweep
    from neuralcrn.studies.robustness.tables import write_robustness

    chosen = options or RobustnessOptions()
    sweep = make_sweep(
        task,
        circuits,
        rule=chosen.rule,
        level=chosen.level,
        clock=chosen.clock,
        strengths=chosen.disturbances,
        part=chosen.part,
        always=chosen.always,
        readings=chosen.readings,
        seeds=chosen.seeds,
        epochs=chosen.epochs,
        quick=chosen.quick,
    )
    workers = choose_workers(processes, scheduler, len(sweep.trials))
    report = run_sweep(sweep, folder, workers, on_status)
    write_robustness(report, folder, image)
    return Robustness(folder, report)
