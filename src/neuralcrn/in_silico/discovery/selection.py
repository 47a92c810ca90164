"""Choice of the reactions: how many source complexes, and which reactions of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines import simulate
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.mechanism import mechanism_of
from neuralcrn.in_silico.discovery.reading import Reading, read_vector
from neuralcrn.in_silico.discovery.refit import Course, Refit, refit
from neuralcrn.in_silico.discovery.regression import Column, Regression
from neuralcrn.in_silico.discovery.smoothing import Noise, Smoothed
from neuralcrn.status import OnStatus, Status

Matrix = NDArray[Any]

_ELBOW = 1.6
"""Cost of the smallest set of sources that is considered, relative to the least cost of all sets."""
_LARGER = 3
"""Number of larger sets that must not be better, while the regression asks for a further source."""
_BETTER = 2.0
"""Decrease of the information criterion that counts."""
_ENTRIES = 3.0
"""Entries of a net vector of which a further source must be worth the information criterion."""
_RESTARTS = 3


@final
@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything that is known before reactions are chosen.

    Attributes
    ----------
    experiments : tuple of Experiment
        The measurements.
    curves : tuple of Smoothed
        Smooth curves through them.
    noise : Noise
        Their noise.
    sources : ndarray of int, shape (n_sources, n_species)
        Candidate source complexes.
    """

    experiments: tuple[Experiment, ...]
    curves: tuple[Smoothed, ...]
    noise: Noise
    sources: NDArray[np.int64]

    @property
    def species(self) -> tuple[str, ...]:
        """Names of the species."""
        return self.experiments[0].species

    @property
    def reference(self) -> float:
        """Mean reciprocal temperature, 1/K; 0 without temperatures."""
        known = [1.0 / e.temperature for e in self.experiments if e.temperature is not None]
        return float(np.mean(known)) if known else 0.0

    def cold(self, experiment: Experiment) -> float:
        """Return the reciprocal temperature of an experiment minus the mean, 1/K."""
        return 0.0 if experiment.temperature is None else 1.0 / experiment.temperature - self.reference

    @property
    def courses(self) -> tuple[Course, ...]:
        """The experiments, prepared for comparison with simulations."""
        return tuple(
            Course.of(experiment, curve.values, self.noise.deviation(curve.values), self.cold(experiment))
            for experiment, curve in zip(self.experiments, self.curves, strict=True)
        )

    def regression(self, curves: Sequence[Smoothed]) -> Regression:
        """Return the regression on integrals along some curves."""
        return Regression.of(self.experiments, curves, self.noise, self.sources)

    def along(self, fitted: Refit) -> Regression | None:
        """Return the regression on integrals along simulated curves; None if a simulation fails."""
        curves: list[Smoothed] = []
        for experiment, curve, start in zip(self.experiments, self.curves, fitted.starts, strict=True):
            network = fitted.mechanism.network(self.cold(experiment), start)
            times = curve.fine_times - curve.fine_times[0]
            run = simulate(network, float(times[-1]), times)
            if len(run.values) < len(times):
                return None
            curves.append(curve.with_values(np.maximum(run.values, 0.0)))
        return self.regression(curves)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Net vectors of some source complexes.

    Attributes
    ----------
    columns : tuple of Column, length n_columns
        The sources, with activation temperatures.
    vectors, errors : ndarray, shape (n_columns, n_species)
        Net vectors and their standard errors.
    """

    columns: tuple[Column, ...]
    vectors: Matrix
    errors: Matrix

    @classmethod
    def of(cls, regression: Regression, columns: Sequence[Column]) -> Vectors:
        """Return the net vectors of sources by regression."""
        fitted = regression.solve(columns)
        return cls(fitted.columns, fitted.vectors, regression.errors(fitted))


class Selected(NamedTuple):
    """Reactions, and numbers of sources, ascending, with costs per measurement of the elimination."""

    fitted: Refit
    tried: tuple[tuple[int, float], ...]


def select(evidence: Evidence, on_status: OnStatus) -> Selected:
    """Return the reactions of least information criterion.

    Sets of sources are taken from the elimination, beginning with the smallest whose regression is not much
    worse than the best. Each is read as reactions and refitted. Larger sets are tried as long as a regression
    along the simulated curves asks for a further source, until several are no better.
    """
    on_status(Status("Regression"))
    regression = evidence.regression(evidence.curves)
    path = regression.eliminate()[::-1]
    lowest = min(cost for _, cost in path)
    sets = [sources for sources, cost in path if sources and cost <= _ELBOW * lowest]
    best: Refit | None = None
    worse = 0
    for sources in sets:
        if best is not None and (worse == _LARGER or _is_complete(evidence, best)):
            break
        on_status(Status(f"Reactions of {len(sources)} complexes"))
        found = _found(evidence, Vectors.of(regression, regression.fit(sources).columns))
        if best is None or found.information < best.information - _BETTER:
            best, worse = found, 0
        else:
            worse += 1
    assert best is not None  # the path contains a set of least cost
    total = regression.measurements * len(evidence.species)
    return Selected(best, tuple((len(sources), cost / total) for sources, cost in path))


def _found(evidence: Evidence, vectors: Vectors) -> Refit:
    """Return the reactions of net vectors, which are found again along the simulated curves."""
    best = read_and_refit(evidence, vectors, evidence.courses)
    for _ in range(_RESTARTS):
        along = evidence.along(best)
        if along is None:
            break
        again = Vectors.of(along, _columns(evidence, best))
        found = read_and_refit(evidence, again, restarted(evidence.courses, best))
        if not found.information < best.information - _BETTER:
            break
        best = found
    return best


def _is_complete(evidence: Evidence, best: Refit) -> bool:
    """Return whether no further source is worth its entries, along the simulated curves."""
    along = evidence.along(best)
    if along is None:
        return False
    fitted = along.solve(_columns(evidence, best))
    gain = fitted.cost - along.cost_with_one_more(fitted)
    return gain < _ENTRIES * np.log(best.measurements) * max(1.0, best.rms**2)


def _columns(evidence: Evidence, fitted: Refit) -> list[Column]:
    """Return the sources of fitted reactions with their activation temperatures, of several the mean."""
    mechanism = fitted.mechanism
    numbers = {tuple(molecules): i for i, molecules in enumerate(evidence.sources.tolist())}
    found: dict[int, list[float]] = {}
    for place, reaction in enumerate(mechanism.reactions):
        molecules = reaction.reactants.coefficients
        source = numbers[tuple(molecules.get(name, 0) for name in evidence.species)]
        found.setdefault(source, []).append(mechanism.activation[place] if mechanism.activation else 0.0)
    return [Column(source, float(np.mean(energies))) for source, energies in sorted(found.items())]


def read_and_refit(evidence: Evidence, vectors: Vectors, courses: Sequence[Course]) -> Refit:
    """Return refitted reactions of net vectors; of several readings, and of fewer reactions, the best."""
    sources = [evidence.sources[column.source] for column in vectors.columns]
    options = list(map(read_vector, sources, vectors.vectors, vectors.errors))
    places = [i for i, readings in enumerate(options) if readings]

    def fit(chosen: Sequence[Reading], courses: Sequence[Course]) -> Refit:
        rows = zip(places, chosen, strict=True)
        triples = ((sources[i], reading, vectors.columns[i].activation) for i, reading in rows)
        return refit(mechanism_of(evidence.species, triples, evidence.reference), courses)

    chosen = [options[i][0] for i in places]
    best = fit(chosen, courses)
    courses = restarted(courses, best)
    for number, place in enumerate(places):
        for other in options[place][1:]:
            trial = [*chosen[:number], other, *chosen[number + 1 :]]
            found = fit(trial, courses)
            if found.information < best.information:
                best, chosen = found, trial
    return without_idle(best, restarted(courses, best))


def restarted(courses: Sequence[Course], fitted: Refit) -> tuple[Course, ...]:
    """Return the courses with fitted initial concentrations, if the fit has succeeded."""
    if not np.isfinite(fitted.cost):
        return tuple(courses)
    return tuple(c.from_start(start) for c, start in zip(courses, fitted.starts, strict=True))


def without_idle(fitted: Refit, courses: Sequence[Course]) -> Refit:
    """Return the fit without reactions whose loss lowers the information criterion."""
    while len(fitted.mechanism.reactions) > 1:
        weakest = int(np.argmax(fitted.errors[: len(fitted.mechanism.reactions)]))
        fewer = refit(fitted.mechanism.without(weakest), courses)
        if fewer.information >= fitted.information:
            break
        fitted = fewer
    return fitted
