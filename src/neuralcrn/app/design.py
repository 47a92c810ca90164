"""Design of networks that reach goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.found import NETWORK, write_found
from neuralcrn.display import Displayed, Document, Listing, Mark, Paragraph, Part, Table
from neuralcrn.errors import InvalidValueError
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.app.sources import Source
    from neuralcrn.in_silico.design import Designed, DesignSpec, TrainingOptions

MAX_SEEDS = 1_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class Designs(Displayed):
    """Results of all seeds, and their files.

    Attributes
    ----------
    folder : Path
        It contains the best network, its figure, all results as JSON, and one file per seed.
    results : tuple of Designed
        One per seed.
    """

    folder: Path
    results: tuple[Designed, ...]

    @property
    def best(self) -> Designed:
        """The result that reaches its goals with the fewest reactions."""
        from neuralcrn.in_silico.design import best_of

        return best_of(self.results)

    def document(self) -> Document:
        """Return the best network, the measurements of its goals, and all seeds."""
        best = self.best
        failed = () if best.reached else (Paragraph("NOT ALL GOALS ARE REACHED by any seed: see the table."),)
        kept = f"{best.reactions} of {best.candidates} reactions, trained in silico, seed {best.seed}"
        alone: tuple[Part, ...] = ()
        if best.alone is not None:
            line = f"chambers alone: variation of at most {best.alone:.1e} of the total after a long time"
            alone = (Paragraph(line),)
        seeds = [
            (str(one.seed), Mark(one.reached), str(one.reactions), f"{one.loss:.1e}") for one in self.results
        ]
        goals = [(one.goal, one.result, Mark(one.reached)) for one in best.measured]
        return Document.of(
            *failed,
            Paragraph(kept),
            Listing(tuple(best.text.splitlines())),
            Table.of(("goal", "simulated", ""), goals, tuple),
            *alone,
            Table.of(("seed", "goals", "reactions", "loss"), seeds, tuple),
            Listing((str(self.folder / NETWORK),)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return all results as plain values."""
        return {
            "folder": str(self.folder),
            "label": "trained in silico",
            "best": self.best.seed,
            "results": [
                {**asdict(one), "reactions": one.reactions, "reached": one.reached} for one in self.results
            ],
        }


def design(
    spec: DesignSpec,
    folder: Path,
    options: TrainingOptions | None = None,
    *,
    seeds: int = 3,
    processes: int | None = None,
    scheduler: str | None = None,
    image: str = "svg",
    on_status: OnStatus = ignore_status,
) -> Designs:
    """Train the rate constants of candidate reactions until simulations reach goals, and remove most of them.

    Parameters
    ----------
    spec : DesignSpec
        Goals and candidates.
    folder : Path
        Folder of the results. Existing results are reused.
    options : TrainingOptions, optional
        Options of the training.
    seeds : int
        Number of trainings.
    processes : int, optional
        Number of processes, at most one per core and per seed; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler, whose workers are used instead.
    image : str
        Format of the figure: ``svg``, ``png`` or ``pdf``.
    on_status : callable
        Called after each completed training; see `neuralcrn.app`.

    Raises
    ------
    InvalidValueError, UnknownNameError, ParseError
        If the goals are impossible or contradictory, a name is unknown, or a number is out of range.
    RunError
        If the scheduler does not answer, a training fails repeatedly, or the folder is not writable.
    """
    from neuralcrn.in_silico.design import Designed, TrainingOptions, make_problem
    from neuralcrn.in_silico.design import design as design_once
    from neuralcrn.jobs import Job, JobCounter, Store, choose_workers, collect

    if not 1 <= seeds <= MAX_SEEDS:
        raise InvalidValueError(f"seeds = {seeds}: give a number from 1 to {MAX_SEEDS:,}")
    chosen = options or TrainingOptions()
    make_problem(spec)  # report invalid goals before any process starts
    jobs = [Job(f"seed-{seed}", design_once, (spec, chosen, seed)) for seed in range(seeds)]
    counter = JobCounter("design", len(jobs), on_status)
    workers = choose_workers(processes, scheduler, len(jobs))
    done = collect(jobs, Store(folder / "seeds"), workers, counter)
    made = Designs(folder, tuple(Designed.of_values(done[job.name].value) for job in jobs))
    write_found(folder, "design", made.best.text, made.to_json(), _figure(spec, made.best), image)
    return made


def _figure(spec: DesignSpec, best: Designed) -> Any:
    """Draw the simulated network during all goals."""
    from neuralcrn.engines import simulate
    from neuralcrn.in_silico.design import make_problem
    from neuralcrn.plots import trajectory_figure

    end = max(condition.t_end for condition in make_problem(spec).conditions)
    run = simulate(best.network, end or 1.0)
    curves = {name: run[name] for name in run.species}
    return trajectory_figure(run.times, curves, "concentration")


def design_spec(
    goals: Sequence[str],
    *,
    species: Sequence[str] = (),
    family: str = "conserving",
    candidates: Source | None = None,
    chambers: int = 1,
    initial: Mapping[str, float] = _NOTHING,
    inputs: Mapping[str, Sequence[float]] = _NOTHING,
) -> DesignSpec:
    """Return the description of a design.

    Parameters
    ----------
    goals, species, family, chambers
        See `neuralcrn.in_silico.design.DesignSpec`.
    candidates : Source, optional
        Network whose reactions are the candidates, and whose initial concentrations are the defaults.
    initial, inputs : mapping, concentration
        Initial concentrations, and those that differ between runs.

    Examples
    --------
    >>> design_spec(["B = 0.3 at 5"], initial={"A": 1.0}).initial
    (('A', 1.0),)
    """
    from neuralcrn.in_silico.design import DesignSpec

    given = dict(initial)
    network = None if candidates is None else candidates.network()
    if network is not None:
        own = zip(network.species, network.initial, strict=True)
        given = {name: value for name, value in own if value} | given
    return DesignSpec(
        goals=tuple(goals),
        species=tuple(species),
        family=family,
        candidates="" if network is None else str(network),
        chambers=chambers,
        initial=tuple(given.items()),
        inputs=tuple((name, tuple(values)) for name, values in inputs.items()),
    )
