"""Smooth curves through noisy time series, and the noise around them.

A curve is a cubic spline whose second derivative is penalised; the penalty is chosen by generalised
cross-validation (Craven and Wahba 1979). The noise of a species has the standard deviation
``sqrt(a**2 + (b x)**2)`` at concentration x; a and b are estimated from the residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.in_silico.discovery.experiments import Experiment

Matrix = NDArray[Any]

_KNOTS = 30
"""Largest number of basis functions."""
_FINE = 8
"""Intervals of the integrals for one interval between measurements."""
_ROUNDS = 3
"""Alternations between curves and noise."""
_FIRST_NOISE = 0.05
"""Relative noise of the first round."""
_FLOOR = 2e-3
"""Smallest standard deviation, relative to the range of the species: the error of the curves."""
_PENALTIES = 10.0 ** np.arange(-12.0, 8.0, 0.25)
_INFLATION = 1.4
"""Factor of the degrees of freedom in cross-validation, against curves that follow the noise."""


@final
@dataclass(frozen=True, slots=True)
class Noise:
    """Standard deviation of the measurements as a function of the concentration.

    Attributes
    ----------
    constant : ndarray, shape (n_species,), concentration
        Standard deviation at concentration zero.
    relative : ndarray, shape (n_species,), dimensionless
        Standard deviation divided by a large concentration.
    """

    constant: Matrix
    relative: Matrix

    def deviation(self, values: Matrix) -> Matrix:
        """Return the standard deviation at concentrations, shape (n_times, n_species)."""
        return np.hypot(self.constant, self.relative * values)


@final
@dataclass(frozen=True, slots=True)
class Smoothed:
    """Curves through the measurements of one experiment.

    Attributes
    ----------
    values : ndarray, shape (n_times, n_species), concentration
        The curves at the times of the experiment.
    fine_times : ndarray, shape (n_fine,)
        Times between which integrals are computed; every eighth is a time of the experiment.
    fine_values : ndarray, shape (n_fine, n_species), concentration
        The curves at these times.
    """

    values: Matrix
    fine_times: Matrix
    fine_values: Matrix

    def with_values(self, fine_values: Matrix) -> Smoothed:
        """Return other curves at the same times."""
        return Smoothed(fine_values[::_FINE], self.fine_times, fine_values)

    def integrals(self, monomials: Matrix) -> Matrix:
        """Return integrals from the first time to every time of the experiment.

        Parameters
        ----------
        monomials : ndarray, shape (n_fine, n_monomials)
            Values at the fine times.
        """
        areas = (monomials[1:] + monomials[:-1]) / 2.0 * np.diff(self.fine_times)[:, np.newaxis]
        total = np.concatenate([np.zeros((1, monomials.shape[1])), np.cumsum(areas, axis=0)])
        return total[::_FINE]


def smooth(experiments: Sequence[Experiment]) -> tuple[tuple[Smoothed, ...], Noise]:
    """Return the curves of all experiments and the noise around them.

    Examples
    --------
    >>> times, rng = np.linspace(0.0, 5.0, 60), np.random.default_rng(0)
    >>> exact = np.exp(-times)[:, np.newaxis]
    >>> noisy = exact * (1.0 + 0.05 * rng.standard_normal(exact.shape))
    >>> (curve,), noise = smooth([Experiment("1", ("A",), times, noisy)])
    >>> bool(np.abs(curve.values - exact).max() < 0.05), bool(0.03 < noise.relative[0] < 0.07)
    (True, True)
    """
    scale = scales(experiments)
    fitters = [_Fitter.of(experiment.times) for experiment in experiments]
    values = np.concatenate([experiment.values for experiment in experiments])
    noise = Noise(_FLOOR * scale, np.full(len(scale), _FIRST_NOISE))
    levels = [np.tile(np.abs(e.values).mean(axis=0), (len(e.times), 1)) for e in experiments]
    curves: list[tuple[Matrix, Matrix]] = []
    for _ in range(_ROUNDS):
        curves = [
            fitter.fit(experiment.values, noise.deviation(level))
            for fitter, experiment, level in zip(fitters, experiments, levels, strict=True)
        ]
        levels = [level for level, _ in curves]
        noise = estimate_noise(values - np.concatenate(levels), np.concatenate(levels), scale)
    smoothed = (
        Smoothed(level, fitter.fine_times, fine)
        for fitter, (level, fine) in zip(fitters, curves, strict=True)
    )
    return tuple(smoothed), noise


def scales(experiments: Sequence[Experiment]) -> Matrix:
    """Return the largest range of each species in one experiment, or its level if it never changes."""
    ranges = np.max([np.ptp(experiment.values, axis=0) for experiment in experiments], axis=0)
    largest = np.max([np.abs(experiment.values).max(axis=0) for experiment in experiments], axis=0)
    return np.where(ranges > 0.0, ranges, np.where(largest > 0.0, largest, 1.0))


def estimate_noise(residuals: Matrix, levels: Matrix, scale: Matrix) -> Noise:
    """Return the noise for residuals at concentrations, both of shape (n, n_species)."""
    from scipy.optimize import nnls

    floor = _FLOOR * scale
    constant, relative = np.zeros(len(scale)), np.zeros(len(scale))
    for species, (errors, x) in enumerate(zip(residuals.T**2, levels.T**2, strict=True)):
        columns, spread = np.stack([np.full(len(x), scale[species] ** 2), x], axis=1), np.ones(len(x))
        found = np.zeros(2)
        for _ in range(4):  # the variance of a squared residual is twice the squared variance
            found, _ = nnls(columns / spread[:, np.newaxis], errors / spread)
            spread = columns @ found + floor[species] ** 2
        constant[species], relative[species] = np.sqrt(found) * (scale[species], 1.0)
    return Noise(np.maximum(constant, floor), relative)


@final
@dataclass(frozen=True, slots=True)
class _Fitter:
    """Penalised splines for one set of times."""

    basis: Matrix
    fine_times: Matrix
    fine_basis: Matrix
    penalty: Matrix

    @classmethod
    def of(cls, times: Matrix) -> _Fitter:
        from scipy.interpolate import BSpline

        inner = np.quantile(times, np.linspace(0.0, 1.0, max(2, min(len(times), _KNOTS) - 2)))
        knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
        steps = np.linspace(0.0, 1.0, _FINE, endpoint=False)
        fine = (times[:-1, np.newaxis] + np.diff(times)[:, np.newaxis] * steps).ravel()
        fine = np.append(fine, times[-1])
        basis, fine_basis = (BSpline.design_matrix(t, knots, 3).toarray() for t in (times, fine))
        curvature = BSpline(knots, np.eye(basis.shape[1]), 3).derivative(2)
        gaps, nodes = np.diff(inner), np.array([0.5 - 3.0**-0.5 / 2.0, 0.5 + 3.0**-0.5 / 2.0])
        places = (inner[:-1, np.newaxis] + gaps[:, np.newaxis] * nodes).ravel()
        bends = curvature(places)  # linear between knots: two Gauss points integrate its square exactly
        return cls(basis, fine, fine_basis, (bends * np.repeat(gaps / 2.0, 2)[:, np.newaxis]).T @ bends)

    def fit(self, values: Matrix, deviations: Matrix) -> tuple[Matrix, Matrix]:
        """Return the curves at the times and at the fine times, not negative."""
        coefficients = np.stack(
            [self._coefficients(y, d) for y, d in zip(values.T, deviations.T, strict=True)], axis=1
        )
        return np.maximum(self.basis @ coefficients, 0.0), np.maximum(self.fine_basis @ coefficients, 0.0)

    def _coefficients(self, values: Matrix, deviation: Matrix) -> Matrix:
        """Return the coefficients of one curve, with the penalty of least cross-validation error."""
        weighted, data = self.basis / deviation[:, np.newaxis], values / deviation
        gram = weighted.T @ weighted
        root = np.linalg.cholesky(gram + 1e-10 * np.trace(gram) / len(gram) * np.eye(len(gram)))
        bends = np.linalg.solve(root, np.linalg.solve(root, self.penalty).T)
        weights, modes = np.linalg.eigh(bends)
        weights = np.maximum(weights, 0.0)
        amounts = modes.T @ np.linalg.solve(root, weighted.T @ data)
        kept = 1.0 / (1.0 + _PENALTIES[:, np.newaxis] * weights / max(float(weights.max()), 1e-300))
        freedom = len(data) - _INFLATION * kept.sum(axis=1)
        error = data @ data - ((2.0 - kept) * kept * amounts**2).sum(axis=1)
        score = np.where(freedom > 0.1 * len(data), np.maximum(error, 1e-300) / freedom**2, np.inf)
        return np.linalg.solve(root.T, modes @ (kept[int(np.argmin(score))] * amounts))
