"""Study of confidence intervals: how often they contain the true value, over repeats of simulated data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.chemistry import ParametricNetwork, parse_network
from neuralcrn.engines import simulate
from neuralcrn.fitting import DataRow, FitOptions, FitProblem, fit, make_problem
from neuralcrn.fitting.profiles import profile_interval
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study

FIT_COVERAGE = "fit-coverage"
_TRUTH = {"k1": 0.1, "k2": 0.2, "k3": 0.13, "k4": 0.3, "scale": 2.0}
_GUESS = 0.2
_SIGMA = 0.05
_STARTS = ({"A": 1.0, "B": 0.2}, {"A": 0.4, "B": 1.1})
_OPTIONS = ("first: A=1, B=0.2", "second: A=0.4, B=1.1")
_TIMES = np.linspace(2.0, 40.0, 12)
_NOISES = ("normal", "log-normal", "laplace")
_PROFILED, _FIRST = "laplace", "k1"
"""Noise for which the interval of one parameter is also computed from its profile likelihood."""
_BLOCK = 20
_REPEATS, _QUICK_REPEATS = 200, 40
_TEXT = (
    "Reactions 2A -> B, A -> C, C -> D, B + D -> E with rate constants 0.1, 0.2, 0.13, 0.3, two experiments, "
    f"12 times, E measured with the factor 2, noise of the size {_SIGMA:g} (relative for log-normal noise). "
    "Rate constants, factor and the size of the noise of every species are estimated. Each repeat has new "
    "noise. The coverage is the part of the repeats in which the 95 % interval contains the true value. For "
    "Laplace noise the interval of one rate constant is also that of its profile likelihood."
)
_COLUMNS = (
    "noise",
    "parameter",
    "true value",
    "coverage",
    "median error",
    "deviation of estimates",
    "repeats",
)


@final
@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One repeat.

    Attributes
    ----------
    noise : str
        Distribution of the errors.
    seed : int
        Seed of the errors.
    covered : tuple of bool
        Whether the interval of each rate constant, and of the factor, contains the true value.
    errors : tuple of float
        Estimate divided by the true value, minus 1.
    profiled : bool, optional
        Whether the profile interval of the first rate constant contains the true value, if computed.
    """

    noise: str
    seed: int
    covered: tuple[bool, ...]
    errors: tuple[float, ...]
    profiled: bool | None = None


def coverage_problem(noise: str, seed: int) -> FitProblem:
    """Return a problem with simulated data."""
    rng = np.random.default_rng([seed, _NOISES.index(noise)])
    draw = rng.laplace if noise == "laplace" else rng.standard_normal
    rates = (_TRUTH[f"k{i}"] for i in range(1, 5))
    network = parse_network(_text(*rates))
    rows: list[DataRow] = []
    for condition, start in zip(("first", "second"), _STARTS, strict=True):
        course = simulate(network.with_initial(start), float(_TIMES[-1]), _TIMES)
        for name in network.species:
            factor = _TRUTH["scale"] if name == "E" else 1.0
            for time, y in zip(_TIMES.tolist(), (factor * course[name]).tolist(), strict=True):
                error = _SIGMA * float(draw())
                value = y * math.exp(error) if noise == "log-normal" else y + error
                rows.append(DataRow(name, condition, time, value, None, ""))
    options = FitOptions(noise=noise, sigma="estimate", observables=("E=scale*E",), experiments=_OPTIONS)
    return make_problem(ParametricNetwork.of(parse_network(_text(*[_GUESS] * 4))), rows, options)


def measure_coverage(noise: str, first: int, count: int) -> list[CoverageRow]:
    """Fit several repeats and compare the intervals with the true values."""
    rows: list[CoverageRow] = []
    for seed in range(first, first + count):
        problem = coverage_problem(noise, seed)
        result = fit(problem, starts=1)
        found = {one.name: one for one in result.estimates}
        covered = tuple(_contains(found[name].lower, found[name].upper, x) for name, x in _TRUTH.items())
        errors = tuple(found[name].value / x - 1.0 for name, x in _TRUTH.items())
        profiled = None
        if noise == _PROFILED:
            low, high = profile_interval(problem, result.starts[0].point, _FIRST)
            profiled = (low or 0.0) <= _TRUTH[_FIRST] <= (math.inf if high is None else high)
        rows.append(CoverageRow(noise, seed, covered, errors, profiled))
    return rows


def coverage_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study."""
    repeats = _QUICK_REPEATS if quick else _REPEATS
    return tuple(
        Job(f"{FIT_COVERAGE}-{noise}-{first:03}", measure_coverage, (noise, first, _BLOCK))
        for noise in _NOISES
        for first in range(0, repeats, _BLOCK)
    )


def show_coverage(results: Sequence[list[dict[str, Any]]]) -> Study:
    """Return the study as a table."""
    rows = [CoverageRow(**row) for block in results for row in block]
    cells: list[tuple[str, ...]] = []
    for noise in _NOISES:
        group = [row for row in rows if row.noise == noise]
        for i, name in enumerate(_TRUTH):
            errors = np.array([row.errors[i] for row in group])
            spread = f"{100.0 * np.median(errors):+.2f}%", f"{100.0 * errors.std():.2f}%"
            covered = [row.covered[i] for row in group]
            cells.append((noise, name, f"{_TRUTH[name]:g}", _percent(covered), *spread, str(len(group))))
    profiled = [row.profiled for row in rows if row.profiled is not None]
    name = f"{_FIRST}, profile likelihood"
    cells.append((_PROFILED, name, f"{_TRUTH[_FIRST]:g}", _percent(profiled), "", "", str(len(profiled))))
    return Study(
        title="Coverage of confidence intervals",
        text=_TEXT,
        columns=_COLUMNS,
        cells=tuple(cells),
    )


def _percent(covered: Sequence[bool]) -> str:
    return f"{100.0 * float(np.mean(covered)):.1f}%"


def _text(k1: float, k2: float, k3: float, k4: float) -> str:
    return f"2A -> B [k = {k1}]\nA -> C [k = {k2}]\nC -> D [k = {k3}]\nB + D -> E [k = {k4}]"


def _contains(lower: float | None, upper: float | None, value: float) -> bool:
    return lower is not None and upper is not None and lower <= value <= upper
