"""Study of published fits: problems of the PEtab benchmark collection that are mass action."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from neuralcrn.errors import InvalidValueError, printable
from neuralcrn.fitting import FitProblem, Objective
from neuralcrn.fitting.multistart import fit_start
from neuralcrn.fitting.parameters import to_scale
from neuralcrn.fitting.petab import read_petab
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study

PETAB_BENCHMARKS = "petab-benchmarks"
"""Name of the study."""
COLLECTION = "NEURALCRN_PETAB_COLLECTION"
"""Environment variable: folder of a clone of the collection."""
REACHED = 0.01
"""Relative distance to the published objective that counts as reached."""
_TEXT = (
    "Problems of the PEtab benchmark collection with mass-action models. The objective is the negative "
    "log-likelihood, with priors. Published: the value that the PEtab tests of AMICI state, where they do. "
    "Here: our value at the published parameters. Starts are a latin hypercube within the published bounds, "
    "without the published parameters; the last columns are the best of them, and how many come within "
    f"{REACHED:.0%} of our value at the published parameters, or below it."
)


@final
@dataclass(frozen=True, slots=True)
class Benchmark:
    """A problem of the collection.

    Attributes
    ----------
    name : str
        Its folder.
    published : float or None
        Published negative log-likelihood at the published parameters.
    starts, quick : int
        Numbers of starts, of the full and of the quick report.
    """

    name: str
    published: float | None
    starts: int
    quick: int


BENCHMARKS = (
    Benchmark("Armistead_CellDeathDis2024", None, 5, 3),
    Benchmark("Bertozzi_PNAS2020", None, 10, 3),
    Benchmark("Blasi_CellSystems2016", None, 5, 2),
    Benchmark("Boehm_JProteomeRes2014", 138.22199693517703, 40, 20),
    Benchmark("Bruno_JExpBot2016", -46.688176988431806, 10, 5),
    Benchmark("Crauste_CellSystems2017", 190.96521897435176, 30, 0),
    Benchmark("Fujita_SciSignal2010", -53.08377736998929, 20, 0),
    Benchmark("Giordano_Nature2020", None, 5, 0),
    Benchmark("SalazarCavazos_MBoC2020", None, 5, 0),
    Benchmark("Sneyd_PNAS2002", -319.79177818768756, 10, 0),
    Benchmark("Zhao_QuantBiol2020", None, 3, 1),
    Benchmark("Zheng_PNAS2012", -278.33353271001477, 10, 2),
)
"""Problems whose models are mass action."""


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """The objective at the published parameters, for start 0, or at the end of another start."""

    problem: str
    start: int
    value: float
    parameters: int
    measurements: int


def find_collection() -> Path | None:
    """Return the folder of the problems, or None if the environment variable is not set.

    Raises
    ------
    InvalidValueError
        If it is no clone of the collection.
    """
    given = os.environ.get(COLLECTION)
    if not given:
        return None
    for folder in (Path(given) / "Benchmark-Models", Path(given)):
        if (folder / BENCHMARKS[0].name).is_dir():
            return folder
    raise InvalidValueError(
        f"{COLLECTION} = {printable(given, 200)}: no clone of the collection: the folder "
        f"Benchmark-Models/{BENCHMARKS[0].name} is missing"
    )


def read_benchmark(folder: Path, name: str) -> FitProblem:
    """Return a problem of the collection."""
    own = folder / name
    files = (own / f"{name}.yaml", own / "problem.yaml")
    return read_petab(next((path for path in files if path.exists()), files[0]))


def published_objective(problem: FitProblem) -> float:
    """Return the objective at the nominal parameters, which are those of the publication."""
    point = [to_scale(parameter.nominal, parameter.scale) for parameter in problem.estimated]
    return float(Objective.of(problem).at(np.array(point)).value)


def benchmark_start(problem: FitProblem, index: int, starts: int, seed: int) -> Outcome:
    """Return the objective after a local fit; index 0 is the published point, without a fit."""
    value = fit_start(problem, index, starts + 1, seed).value if index else published_objective(problem)
    return Outcome(problem.name, index, value, len(problem.estimated), len(problem.measurements))


def petab_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study; none if there is no collection."""
    folder = find_collection()
    if folder is None:
        return ()
    jobs: list[Job] = []
    for benchmark in BENCHMARKS:
        starts = benchmark.quick if quick else benchmark.starts
        problem = read_benchmark(folder, benchmark.name)
        jobs += [
            Job(f"petab-{benchmark.name}-{index}", benchmark_start, (problem, index, starts, 0))
            for index in range(starts + 1)
        ]
    return tuple(jobs)


def show_petab(results: Sequence[dict[str, Any]]) -> Study:
    """Return the study as a table."""
    outcomes = [Outcome(**result) for result in results]
    published = {benchmark.name: benchmark.published for benchmark in BENCHMARKS}
    cells: list[tuple[str, ...]] = []
    for here in (outcome for outcome in outcomes if outcome.start == 0):
        values = [o.value for o in outcomes if o.problem == here.problem and o.start]
        bound = here.value + REACHED * abs(here.value)
        stated = published[here.problem]
        cells.append(
            (
                here.problem,
                str(here.parameters),
                f"{here.measurements:,}",
                "" if stated is None else f"{stated:.2f}",
                f"{here.value:.2f}",
                f"{min(values, default=math.nan):.2f}" if values else "",
                f"{sum(value <= bound for value in values)} of {len(values)}" if values else "",
            )
        )
    columns = ("problem", "estimated", "measurements", "published", "here", "best start", "reached")
    return Study(title="Published fits", text=_TEXT, columns=columns, cells=tuple(cells))
