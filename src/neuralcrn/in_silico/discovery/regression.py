"""Regression of integrated rate equations on the monomials of source complexes.

The concentration of species i in experiment e is

::

    x_i(t) = c_ie + sum_s v_si integral of k_s(T_e)/k_s m_s(x)

where m_s is the product of the reactants of source complex s, and v_s its net vector: what all reactions with
these reactants change together. Only species of the source can be consumed by it, so the other entries of
v_s are not negative. Sources are eliminated one by one, each time the one whose loss costs least.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.smoothing import Noise, Smoothed

Matrix = NDArray[Any]

_ELIMINATION = (0.0, 12_000.0)
"""Activation temperatures whose positive sums approximate the law of Arrhenius while sources are eliminated,
K.
"""
_ACTIVATION = tuple(np.arange(0.0, 24_001.0, 1_000.0).tolist())
"""Activation temperatures that are tried for the remaining sources, K."""
_SWEEPS = 6
_CHANCE = 1.0
"""Increase of the cost that is no more than chance."""
_RIDGE = 1e-9
_ROUNDING = 1e-15
"""Least cost of a species that can be told from zero, relative to that without sources."""
SOURCE_LIMIT = 2_000
"""Largest number of source complexes."""


def source_complexes(species: int, order: int) -> NDArray[np.int64]:
    """Return the numbers of molecules of all complexes up to an order, shape (n_sources, n_species).

    Raises
    ------
    InvalidValueError
        If the order is not 1, 2 or 3, or there are more than 2,000 complexes.

    Examples
    --------
    >>> source_complexes(2, 2).tolist()
    [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """
    if order not in (1, 2, 3):
        raise InvalidValueError(f"order = {order}: reactions of order 1, 2 or 3 can be found")
    chosen = [c for n in range(order + 1) for c in combinations_with_replacement(range(species), n)]
    if len(chosen) > SOURCE_LIMIT:
        raise InvalidValueError(
            f"{species} species have {len(chosen):,} complexes up to order {order}: at most "
            f"{SOURCE_LIMIT:,} are supported: choose a lower order"
        )
    return np.array([np.bincount(np.array(c, dtype=np.int64), minlength=species) for c in chosen])


class Column(NamedTuple):
    """A source complex by its index, and an activation temperature in K."""

    source: int
    activation: float


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """Net vectors of some sources.

    Attributes
    ----------
    columns : tuple of Column, length n_columns
        The sources.
    vectors : ndarray, shape (n_columns, n_species), concentration / time in units of the monomials
        Net vectors at the reference temperature.
    costs : ndarray, shape (n_species,), dimensionless
        Sums of squared errors divided by the variance of the noise.
    """

    columns: tuple[Column, ...]
    vectors: Matrix
    costs: Matrix

    @property
    def cost(self) -> float:
        """Sum over all species."""
        return float(self.costs.sum())


@final
@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """The least-squares problem of all experiments, as sums of products.

    Attributes
    ----------
    sources : ndarray of int, shape (n_sources, n_species)
        Candidate source complexes.
    coldness : ndarray, shape (n_experiments,), 1/K
        Reciprocal temperature minus its mean; zero without temperatures.
    grams : ndarray, shape (n_experiments, n_species, n_sources, n_sources)
        Products of integrated monomials, weighted, with the mean of each experiment removed.
    moments : ndarray, shape (n_experiments, n_species, n_sources)
        Products with the data.
    totals : ndarray, shape (n_species,)
        Squares of the data.
    measurements : int
        Measurements of one species.
    """

    sources: NDArray[np.int64]
    coldness: Matrix
    grams: Matrix
    moments: Matrix
    totals: Matrix
    measurements: int

    @classmethod
    def of(
        cls,
        experiments: Sequence[Experiment],
        curves: Sequence[Smoothed],
        noise: Noise,
        sources: NDArray[np.int64],
    ) -> Regression:
        """Return the problem for smooth curves through the measurements of experiments."""
        shape = (len(experiments), len(noise.constant), len(sources))
        grams, moments, totals = np.zeros((*shape, shape[2])), np.zeros(shape), np.zeros(shape[1])
        for number, (experiment, curve) in enumerate(zip(experiments, curves, strict=True)):
            integrals = curve.integrals(_monomials(curve.fine_values, sources))
            weights = 1.0 / noise.deviation(curve.values)
            for species, weight in enumerate(weights.T):
                # an unknown initial concentration is eliminated with the weighted mean
                share = weight**2 / (weight**2).sum()
                left = (integrals - share @ integrals) * weight[:, np.newaxis]
                data = experiment.values[:, species]
                right = (data - share @ data) * weight
                grams[number, species] = left.T @ left
                moments[number, species] = left.T @ right
                totals[species] += right @ right
        measurements = sum(len(experiment.times) for experiment in experiments)
        return cls(sources, coldness(experiments), grams, moments, totals, measurements)

    def eliminate(self) -> list[tuple[tuple[int, ...], float]]:
        """Return sets of sources and their costs: all, without the one that costs least, and so on to none.

        With temperatures, each source has two net vectors here, for a small and a large activation energy.
        """
        energies = _ELIMINATION if self.coldness.any() else (0.0,)
        remaining = tuple(range(len(self.sources)))
        system = _System.of(self, [Column(s, e) for s in remaining for e in energies])
        each = np.arange(len(energies))
        path: list[tuple[tuple[int, ...], float]] = []
        while remaining:
            places = [source * len(energies) + each for source in remaining]
            current = system.solve(np.concatenate(places))
            path.append((remaining, current.cost))
            trials: list[tuple[float, float, int]] = []
            for i, source in enumerate(remaining):
                used = current.vectors[i * len(energies) + each].any(axis=0)
                others = np.concatenate([*places[:i], *places[i + 1 :], each[:0]])
                without = system.costs(others, np.flatnonzero(used))
                loss = float(without.sum() - current.costs[used].sum())
                trials.append((max(loss, _CHANCE), -float(self.sources[source].sum()), source))
            _, _, cheapest = min(trials)
            remaining = tuple(source for source in remaining if source != cheapest)
        return [*path, ((), float(self.totals.sum()))]

    def fit(self, sources: Sequence[int]) -> Fitted:
        """Return the net vectors of some sources, each with one activation temperature."""
        best = self.solve([Column(source, self._typical) for source in sources])
        if not self.coldness.any():
            return best
        for _ in range(_SWEEPS):
            before = best.cost
            for place, source in enumerate(sources):
                for activation in _ACTIVATION:
                    trial = list(best.columns)
                    trial[place] = Column(source, activation)
                    tried = self.solve(trial)
                    best = tried if tried.cost < best.cost else best
            if best.cost == before:
                break
        return best

    def cost_with_one_more(self, fitted: Fitted) -> float:
        """Return the least cost of the sources together with one other."""
        used = {column.source for column in fitted.columns}
        typical = self._typical
        others = [Column(source, typical) for source in range(len(self.sources)) if source not in used]
        system = _System.of(self, [*fitted.columns, *others])
        kept = np.arange(len(used))
        costs = [system.solve(np.append(kept, len(used) + i)).cost for i in range(len(others))]
        return min(costs, default=fitted.cost)

    @property
    def _typical(self) -> float:
        """Activation temperature of a first guess, K."""
        return _ACTIVATION[len(_ACTIVATION) // 3] if self.coldness.any() else 0.0

    def errors(self, fitted: Fitted) -> Matrix:
        """Return standard errors of net vectors, shape (n_columns, n_species), without bounds."""
        system = _System.of(self, fitted.columns)
        ridge = np.eye(len(fitted.columns))
        variances = [np.diag(np.linalg.inv(gram + _RIDGE * np.trace(gram) * ridge)) for gram in system.grams]
        excess = np.maximum(1.0, fitted.costs / self.measurements)
        return np.sqrt(np.array(variances) * excess[:, np.newaxis]).T

    def solve(self, columns: Sequence[Column]) -> Fitted:
        """Return the net vectors of sources with given activation temperatures."""
        system = _System.of(self, columns)
        return system.solve(np.arange(len(columns)))


def coldness(experiments: Sequence[Experiment]) -> Matrix:
    """Return reciprocal temperatures minus their mean, 1/K; zeros without temperatures."""
    known = [1.0 / e.temperature for e in experiments if e.temperature is not None]
    return np.array(known) - np.mean(known) if known else np.zeros(len(experiments))


def _monomials(values: Matrix, sources: NDArray[np.int64]) -> Matrix:
    """Return the products of concentrations, shape (n_times, n_sources)."""
    products = np.ones((len(values), len(sources)))
    for species, exponents in enumerate(sources.T):
        products *= values[:, species : species + 1] ** exponents
    return products


@final
@dataclass(frozen=True, slots=True, eq=False)
class _System:
    """Normal equations of given columns, for every species."""

    columns: tuple[Column, ...]
    grams: Matrix
    moments: Matrix
    totals: Matrix
    consumable: NDArray[np.bool_]

    @classmethod
    def of(cls, regression: Regression, columns: Sequence[Column]) -> _System:
        chosen = np.array([column.source for column in columns], dtype=np.int64)
        activation = np.array([column.activation for column in columns])
        factors = np.exp(-np.outer(regression.coldness, activation))
        grams = regression.grams[:, :, chosen[:, np.newaxis], chosen]
        return cls(
            tuple(columns),
            np.einsum("ea,eb,esab->sab", factors, factors, grams, optimize=True),
            np.einsum("ea,esa->sa", factors, regression.moments[:, :, chosen]),
            regression.totals,
            regression.sources[chosen] > 0,
        )

    def solve(self, places: NDArray[np.int64]) -> Fitted:
        """Return the vectors of some columns."""
        solved = [self._species(places, species) for species in range(len(self.totals))]
        vectors = np.array([vector for vector, _ in solved]).reshape(len(self.totals), len(places)).T
        return Fitted(tuple(self.columns[i] for i in places), vectors, np.array([cost for _, cost in solved]))

    def costs(self, places: NDArray[np.int64], species: Iterable[int]) -> Matrix:
        """Return the costs of some species."""
        return np.array([self._species(places, i)[1] for i in species])

    def _species(self, places: NDArray[np.int64], species: int) -> tuple[Matrix, float]:
        """Return the entries of one species, which are negative only in its own sources, and their cost."""
        from scipy.optimize import nnls

        if not len(places):
            return np.zeros(0), float(self.totals[species])
        gram, moment = self.grams[species][np.ix_(places, places)], self.moments[species][places]
        size = np.sqrt(np.diag(gram))
        size = np.where(size > 0.0, size, 1.0)
        gram, moment = gram / np.outer(size, size), moment / size
        root = np.linalg.cholesky(gram + _RIDGE * np.eye(len(places)))
        free = self.consumable[places, species]
        signed = np.hstack([root.T, -root.T[:, free]])
        parts, _ = nnls(signed, np.linalg.solve(root, moment))
        entries = parts[: len(places)]
        entries[free] -= parts[len(places) :]
        cost = self.totals[species] - 2.0 * moment @ entries + entries @ gram @ entries
        # smaller differences of the totals are rounding errors
        return entries / size, float(max(cost, _ROUNDING * self.totals[species]))
