"""Rate constants from time courses, by simulated reactions and their sensitivities.

Logarithms of rate constants, activation temperatures and logarithms of the unknown initial concentrations of
every experiment minimise the squared errors in units of the noise (Levenberg-Marquardt). Initial
concentrations concern one experiment each, so they are eliminated from the normal equations before these are
solved for the shared constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines import Outcome, SensitivitySolver
from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.mechanism import COLDNESS, Mechanism

Matrix = NDArray[Any]

_STEPS = 40
_DONE = 0.05
"""Decrease of the cost, far below that of chance, at which the search ends."""
_EXACT = 1e-4
"""Mean squared error, in units of the noise, below which a fit is as good as exact."""
_LARGEST_STEP = 2.0
"""Largest change of a logarithm in one step."""
_RTOL, _STEP_LIMIT = 1e-6, 3_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One experiment, prepared for comparison with simulations.

    Attributes
    ----------
    times : ndarray, shape (n_times,)
        Times since the first measurement.
    values, deviations : ndarray, shape (n_times, n_species)
        Measurements, and their standard deviations.
    start : ndarray, shape (n_species,), concentration
        First guess of the initial concentrations; those that are 0 stay 0.
    coldness : float, 1/K
        Reciprocal temperature minus that of the reference.
    """

    times: Matrix
    values: Matrix
    deviations: Matrix
    start: Matrix
    coldness: float

    @classmethod
    def of(cls, experiment: Experiment, smooth: Matrix, deviations: Matrix, coldness: float) -> Course:
        """Return the course of an experiment, with smooth curves through its measurements."""
        guess = np.maximum(smooth[0], deviations[0])
        start = np.where(experiment.values[0] > 0.0, guess, 0.0)
        return cls(experiment.times - experiment.times[0], experiment.values, deviations, start, coldness)

    def from_start(self, start: Matrix) -> Course:
        """Return this course with another guess of the initial concentrations."""
        return replace(self, start=start)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """Constants that fit best.

    Attributes
    ----------
    mechanism : Mechanism
        With the fitted constants.
    starts : tuple of ndarray
        Initial concentrations of every experiment.
    cost : float, dimensionless
        Sum of squared errors in units of the noise.
    measurements : int
        Number of measurements.
    covariance : ndarray, shape (n_constants, n_constants)
        Of the logarithms of rate constants, then of activation temperatures in K.
    """

    mechanism: Mechanism
    starts: tuple[Matrix, ...]
    cost: float
    measurements: int
    covariance: Matrix

    @property
    def information(self) -> float:
        """Bayesian information criterion, apart from a constant that is equal for all mechanisms."""
        if not np.isfinite(self.cost):
            return np.inf
        spread = self.measurements * np.log(self.cost / self.measurements + _EXACT)
        return float(spread + len(self.covariance) * np.log(self.measurements))

    @property
    def rms(self) -> float:
        """Root mean square of the errors in units of the noise."""
        return float(np.sqrt(self.cost / self.measurements))

    @property
    def errors(self) -> Matrix:
        """Standard errors: relative ones of rate constants, then those of activation temperatures in K."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0)) * max(1.0, self.rms)


def refit(mechanism: Mechanism, courses: Sequence[Course], *, only_starts: bool = False) -> Refit:
    """Return the constants of a mechanism, or only the initial concentrations, that fit best."""
    problem = _Problem.of(mechanism, courses, only_starts)
    here = problem.first
    now = problem.linearise(here)
    damping = 1e-3
    for _ in range(_STEPS):
        if not np.isfinite(now.cost):
            break
        there = problem.moved(here, now, damping)
        then = problem.linearise(there)
        if then.cost >= now.cost:
            damping *= 10.0
            if damping > 1e8:
                break
            continue
        gain = now.cost - then.cost
        here, now, damping = there, then, max(damping / 10.0, 1e-9)
        if gain <= _DONE:
            break
    return problem.result(here, now)


class _Point(NamedTuple):
    """Constants, and the logarithms of the free initial concentrations of every experiment."""

    constants: Matrix
    starts: tuple[Matrix, ...]


class _Linear(NamedTuple):
    """Cost at a point, and the parts of its normal equations; None if a simulation failed."""

    cost: float
    parts: tuple[_Part, ...]


class _Part(NamedTuple):
    """Products of Jacobians by constants (c) and initial concentrations (s) and of errors (r)."""

    cc: Matrix
    cs: Matrix
    ss: Matrix
    cr: Matrix
    sr: Matrix


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    mechanism: Mechanism
    courses: tuple[Course, ...]
    solver: SensitivitySolver
    free: tuple[NDArray[np.intp], ...]
    rates: int
    shared: int

    @classmethod
    def of(cls, mechanism: Mechanism, courses: Sequence[Course], only_starts: bool) -> _Problem:
        free = tuple(np.flatnonzero(course.start > 0.0) for course in courses)
        needed = sorted({int(i) for places in free for i in places})
        names = (*mechanism.constants, *(mechanism.starts[i] for i in needed))
        solver = SensitivitySolver.of(mechanism.parametric(), names, rtol=_RTOL, max_steps=_STEP_LIMIT)
        shared = 0 if only_starts else len(mechanism.constants)
        return cls(mechanism, tuple(courses), solver, free, len(mechanism.reactions), shared)

    @property
    def first(self) -> _Point:
        constants = np.concatenate([np.log(self.mechanism.rates), np.array(self.mechanism.activation)])
        starts = (np.log(c.start[places]) for c, places in zip(self.courses, self.free, strict=True))
        return _Point(constants, tuple(starts))

    def linearise(self, point: _Point) -> _Linear:
        """Simulate all experiments with their sensitivities."""
        cost, parts = 0.0, list[_Part]()
        rates = np.exp(np.clip(point.constants[: self.rates], -100.0, 100.0))
        known = dict(zip(self.mechanism.constants, [*rates, *point.constants[self.rates :]], strict=True))
        for course, places, logs in zip(self.courses, self.free, point.starts, strict=True):
            start = course.start.copy()
            start[places] = np.exp(np.clip(logs, -100.0, 100.0))
            values = {**known, **dict(zip(self.mechanism.starts, start, strict=True))}
            values[COLDNESS] = course.coldness
            try:
                run = self.solver.run(values, float(course.times[-1]), course.times)
            except InvalidValueError:  # a rate constant or a concentration is not finite
                return _Linear(np.inf, ())
            if run.outcome != Outcome.SUCCESS or run.sensitivities is None:
                return _Linear(np.inf, ())
            scaled = run.sensitivities.values / course.deviations[:, :, np.newaxis]
            count = len(self.mechanism.constants)
            by_constants = scaled[:, :, :count]
            by_constants[:, :, : self.rates] *= rates
            columns = [self.solver.names.index(self.mechanism.starts[i]) for i in places]
            by_starts = scaled[:, :, columns] * start[places]
            error = ((run.values - course.values) / course.deviations).ravel()
            cost += float(error @ error)
            c = by_constants.reshape(-1, count)[:, : self.shared]
            s = by_starts.reshape(-1, len(places))
            parts.append(_Part(c.T @ c, c.T @ s, s.T @ s, c.T @ error, s.T @ error))
        return _Linear(cost if np.isfinite(cost) else np.inf, tuple(parts))

    def moved(self, point: _Point, linear: _Linear, damping: float) -> _Point:
        """Return the point after one step."""
        matrix, right = np.zeros((self.shared, self.shared)), np.zeros(self.shared)
        solved: list[tuple[Matrix, Matrix]] = []
        for part in linear.parts:
            inner = _damped(part.ss, damping)
            back, own = np.linalg.solve(inner, part.cs.T), np.linalg.solve(inner, part.sr)
            matrix += part.cc - part.cs @ back
            right += part.cr - part.cs @ own
            solved.append((back, own))
        step = np.linalg.solve(_damped(matrix, damping), -right)
        limits = np.full(self.shared, _LARGEST_STEP)
        limits[self.rates :] = np.inf
        step = step / max(1.0, float(np.max(np.abs(step) / limits, initial=0.0)))
        constants = point.constants.copy()
        constants[: self.shared] += step
        starts = (
            logs + np.clip(-own - back @ step, -_LARGEST_STEP, _LARGEST_STEP)
            for logs, (back, own) in zip(point.starts, solved, strict=True)
        )
        return _Point(constants, tuple(starts))

    def result(self, point: _Point, linear: _Linear) -> Refit:
        """Return the fit at a point."""
        matrix = np.zeros((self.shared, self.shared))
        for part in linear.parts:
            matrix += part.cc - part.cs @ np.linalg.solve(_damped(part.ss, 0.0), part.cs.T)
        rates = np.exp(np.clip(point.constants[: self.rates], -100.0, 100.0))
        starts: list[Matrix] = []
        for course, places, logs in zip(self.courses, self.free, point.starts, strict=True):
            start = course.start.copy()
            start[places] = np.exp(np.clip(logs, -100.0, 100.0))
            starts.append(start)
        return Refit(
            self.mechanism.with_(rates, point.constants[self.rates :]),
            tuple(starts),
            linear.cost,
            sum(course.values.size for course in self.courses),
            np.linalg.pinv(matrix, hermitian=True),
        )


def _damped(matrix: Matrix, damping: float) -> Matrix:
    """Return a matrix with a larger diagonal, positive definite."""
    diagonal = np.diag(matrix)
    smallest = 1e-12 * max(float(diagonal.max(initial=0.0)), 1e-300)
    return matrix + np.diag(damping * diagonal + smallest)
