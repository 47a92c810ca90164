"""Studies of reactions found in data: the published cases, by regression and by gradient training."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.in_silico.discovery import METHODS, discover, find_case
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study

DISCOVERY = {f"discover-case-{case}": case for case in ("1", "2", "3")}
"""Cases by the name of the study."""
_SEEDS, _QUICK_SEEDS = 10, 2
_NEAR = 0.05
_TEXT = (
    "Published reactions ({}) are found in generated data with 5 % noise: {} experiments are fitted, {} held "
    "out. Reactions are exact if all coefficients are, in any order. The error of rate constants is the "
    "largest of all seeds whose reactions are exact. The error held out is in units of the noise."
)


@final
@dataclass(frozen=True, slots=True)
class DiscoveryRow:
    """One data set and method.

    Attributes
    ----------
    method : str
        Method of `discover`.
    seed : int
        Seed of the data.
    exact : bool
        Whether exactly the published reactions were found.
    rate_error : float or None
        Largest relative error of the rate constants; None for other reactions.
    held_out : float
        Error in experiments that were held out, in units of the noise.
    seconds : float
        Time.
    """

    method: str
    seed: int
    exact: bool
    rate_error: float | None
    held_out: float
    seconds: float


def find_reactions(name: str, method: str, seed: int) -> DiscoveryRow:
    """Return what is found in one data set of a case."""
    case = find_case(name)
    experiments = case.generate(seed)
    begin = time.perf_counter()
    found = discover(
        experiments, method, hold_out=case.held_out / case.experiments, seed=seed, crnn=case.crnn
    )
    seconds, exact = time.perf_counter() - begin, case.is_found(found)
    error = case.rate_error(found) if exact else None
    return DiscoveryRow(method, seed, exact, error, found.held_out or float("nan"), seconds)


def discovery_jobs(case: str) -> Callable[[bool], tuple[Job, ...]]:
    """Return the jobs of a case."""

    def jobs(quick: bool) -> tuple[Job, ...]:
        seeds = _QUICK_SEEDS if quick else _SEEDS
        return tuple(
            Job(f"discover-{case}-{method}-{seed}", find_reactions, (case, method, seed))
            for method in METHODS
            for seed in range(seeds)
        )

    return jobs


def show_discovery(case: str) -> Callable[[Sequence[Any]], Study]:
    """Return the function that shows the results of a case."""
    return functools.partial(_show, case)


def _show(name: str, results: Sequence[dict[str, Any]]) -> Study:
    rows, case = [DiscoveryRow(**row) for row in results], find_case(name)
    fitted = case.experiments - case.held_out
    groups = [(method, [row for row in rows if row.method == method]) for method in METHODS]
    return Study(
        title=f"Reactions found in data, case {name}",
        text=_TEXT.format(case.title, fitted, case.held_out),
        columns=(
            "method",
            "exact reactions",
            f"and rates within {100 * _NEAR:g} %",
            "largest error of rates",
            "error held out, median",
            "time (s)",
        ),
        cells=tuple((method, *_cells(group)) for method, group in groups),
    )


def _cells(rows: Sequence[DiscoveryRow]) -> tuple[str, ...]:
    errors = [row.rate_error for row in rows if row.rate_error is not None]
    return (
        f"{len(errors)} of {len(rows)}",
        f"{sum(error <= _NEAR for error in errors)} of {len(rows)}",
        f"{max(errors):.2g}" if errors else "",
        f"{statistics.median(row.held_out for row in rows):.3f}",
        f"{statistics.median(row.seconds for row in rows):.1f}",
    )
