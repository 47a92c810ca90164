"""Rate constants and initial concentrations from measurements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.sources import Source
from neuralcrn.errors import InvalidValueError, shown_path
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.fitting import Fit, FitOptions, FitProblem, Sampling


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """Options of the search of a fit.

    Attributes
    ----------
    starts : int
        Number of starting points.
    seed : int
        Seed of the starting points.
    profiles : bool
        Whether confidence intervals are those of profile likelihoods.
    sampling : Sampling, optional
        Number of samples of the posterior distribution; by default none are drawn.
    """

    starts: int = 10
    seed: int = 0
    profiles: bool = False
    sampling: Sampling | None = None


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """Result of a fit, and the location of its files.

    Attributes
    ----------
    folder : Path
        It contains ``fit.html``, ``fit.md``, ``fit.json``, the figure and all starts; with
        samples also ``samples.csv`` and the figure ``samples``.
    result : Fit
        The result.
    """

    folder: Path
    result: Fit

    def __str__(self) -> str:
        """Return the result, whose first line says what is doubtful, and where the page is."""
        from neuralcrn.studies.fitting import PAGE

        return f"{self.result}\n\n{self.folder / PAGE}"

    def to_json(self) -> dict[str, Any]:
        """Return estimates, starts and residuals as plain values."""
        from neuralcrn.fitting.result import fit_json

        return {"folder": str(self.folder), **fit_json(self.result)}

    def network_text(self, format: str) -> str:
        """Return the fitted network in a writable format; SBML keeps its parameters."""
        from neuralcrn.formats import network_text, write_sbml

        if format == "sbml":
            return write_sbml(self.result.parametric)
        return network_text(self.result.network, format)


def fit(
    source: Source,
    data: Path | None,
    folder: Path,
    options: FitOptions | None = None,
    search: SearchOptions | None = None,
    *,
    petab: Path | None = None,
    processes: int | None = None,
    scheduler: str | None = None,
    image: str = "png",
    on_status: OnStatus = ignore_status,
) -> Fitted:
    """Estimate parameters of a network from measurements, and write a page.

    Parameters
    ----------
    source : Source
        A file, a phase of a circuit, or a pot; or the YAML file of a PEtab problem.
    data : Path, optional
        A table of measurements; see `neuralcrn.fitting.read_data`. None for a PEtab problem.
    folder : Path
        Folder of the page and of all starts. Existing results are reused.
    options : FitOptions, optional
        Parameters, bounds, observables, experiments and noise.
    search : SearchOptions, optional
        Number of starts, and seed.
    petab : Path, optional
        Folder to which the problem is written as PEtab of version 2.
    processes : int, optional
        Number of processes, at most one per core and per start; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler, whose workers are used instead.
    image : str
        Format of the figure: ``png``, ``svg`` or ``pdf``.
    on_status : callable
        Called after each completed start; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError, DataError, NetworkError, ParseError
        If network, table or options cannot be used together.
    SimulationError
        If no start could be simulated.
    RunError
        If the scheduler does not answer, a job fails repeatedly, or the folder is not writable.
    """
    from neuralcrn.fitting import run_fit
    from neuralcrn.fitting.petab import write_petab
    from neuralcrn.fitting.sampling import ENSEMBLES
    from neuralcrn.jobs import choose_workers
    from neuralcrn.studies.fitting import write_fit

    asked = search or SearchOptions()
    jobs = asked.starts if asked.sampling is None else max(asked.starts, ENSEMBLES)
    problem = _problem(source, data, options)
    if petab is not None:
        write_petab(problem, petab)
    result = run_fit(
        problem, folder, starts=asked.starts, seed=asked.seed, profiles=asked.profiles,
        sampling=asked.sampling, workers=choose_workers(processes, scheduler, jobs),
        on_status=on_status,
    )  # fmt: skip
    write_fit(result, folder, image)
    return Fitted(folder, result)


def is_petab(source: Source) -> bool:
    """Return whether a file is a PEtab problem, by its extension."""
    return Path(source.name).suffix.lower() in (".yaml", ".yml")


def _problem(source: Source, data: Path | None, options: FitOptions | None) -> FitProblem:
    """Return the problem of a fit."""
    from neuralcrn.fitting import FitOptions, make_problem, read_data
    from neuralcrn.fitting.petab import read_petab

    if is_petab(source):
        if data is not None or options not in (None, FitOptions()):
            raise InvalidValueError(
                f"{shown_path(source.name)}: a PEtab problem has data, parameters, observables, experiments "
                "and noise in its own tables: leave the data and these options out"
            )
        return read_petab(source.name)
    if data is None:
        raise InvalidValueError(
            f"{shown_path(source.name)}: a fit needs data: give a table after the network, or the YAML file "
            "of a PEtab problem in its place"
        )
    chosen = options or FitOptions()
    network = source.parametric()
    rows = read_data(data, (*network.network.species, *chosen.formulas))
    return make_problem(network, rows, chosen, Path(source.name).stem)
