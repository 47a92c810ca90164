"""Samples of a posterior distribution, their credible intervals, and whether they have converged."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.fitting.parameters import FitParameter, from_scale

Array = NDArray[np.float64]

_PROBABILITIES = (0.025, 0.5, 0.975)
_FEWEST, _LARGEST_RATIO = 200.0, 1.05
"""Samples are reported as not converged with a smaller effective number, or a larger ratio of deviations."""
_WINDOW = 5.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Samples of a posterior distribution.

    Attributes
    ----------
    names : tuple of str
        The estimated parameters.
    values : ndarray, shape (n_ensembles, n_steps, n_walkers, n_parameters)
        Values of the parameters.
    logarithms : ndarray, shape (n_ensembles, n_steps, n_walkers)
        Logarithms of the posterior density on the scales of the search, but for a constant.
    effective : tuple of float
        Number of independent samples with the same error of the mean, for each parameter.
    ratios : tuple of float
        Standard deviation of all samples relative to that within an ensemble, for each parameter: 1 where the
        ensembles agree (Gelman and Rubin).
    accepted : float
        Accepted part of the proposed steps.
    """

    names: tuple[str, ...]
    values: Array
    logarithms: Array
    effective: tuple[float, ...]
    ratios: tuple[float, ...]
    accepted: float

    @classmethod
    def of(
        cls, parameters: Sequence[FitParameter], chain: Array, logarithms: Array, accepted: float
    ) -> Posterior:
        """Return the samples of a chain on the scales of the parameters."""
        values = np.empty_like(chain)
        for place, parameter in enumerate(parameters):
            values[..., place] = np.vectorize(from_scale)(chain[..., place], parameter.scale)
        names = tuple(parameter.name for parameter in parameters)
        return cls(names, values, logarithms, _effective(chain), _ratios(chain), accepted)

    @property
    def flat(self) -> Array:
        """All samples, shape (n_samples, n_parameters)."""
        return self.values.reshape(-1, len(self.names))

    @property
    def intervals(self) -> dict[str, tuple[float, float, float]]:
        """Lower end of the 95 % credible interval, median and upper end, by name."""
        quantiles = np.quantile(self.flat, _PROBABILITIES, axis=0)
        return {name: tuple(ends) for name, ends in zip(self.names, quantiles.T.tolist(), strict=True)}

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence if the samples have not converged."""
        poor = [
            name
            for name, count, ratio in zip(self.names, self.effective, self.ratios, strict=True)
            if not (count >= _FEWEST and ratio <= _LARGEST_RATIO)
        ]
        return (f"the samples of {', '.join(poor)} have not converged: draw more",) if poor else ()

    def to_csv(self) -> str:
        """Return one row per sample: ensemble, step, walker, logarithm of the density, parameters."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("ensemble", "step", "walker", "log_posterior", *self.names))
        writer.writerows(self._rows())
        return text.getvalue()

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for place in np.ndindex(self.logarithms.shape):
            yield (*(i + 1 for i in place), float(self.logarithms[place]), *self.values[place].tolist())

    def to_json(self) -> dict[str, Any]:
        """Return number, agreement and intervals of the samples as plain values."""
        means, deviations, intervals = self.flat.mean(axis=0), self.flat.std(axis=0), self.intervals
        return {
            "samples": len(self.flat),
            "accepted": self.accepted,
            "parameters": {
                name: {
                    "mean": float(means[i]), "standard_deviation": float(deviations[i]),
                    "lower": intervals[name][0], "median": intervals[name][1], "upper": intervals[name][2],
                    "effective": self.effective[i], "ratio": self.ratios[i],
                }
                for i, name in enumerate(self.names)
            },
        }  # fmt: skip


def _effective(chain: Array) -> tuple[float, ...]:
    """Return the number of samples divided by the autocorrelation time in steps, for each parameter."""
    ensembles, steps, walkers, count = chain.shape
    series = chain.transpose(3, 0, 2, 1).reshape(count, ensembles * walkers, steps)
    size = ensembles * walkers * steps
    return tuple(size / _autocorrelation_time(one) for one in series)


def _autocorrelation_time(series: Array) -> float:
    """Return the integrated autocorrelation time of series of one mean, shape (n_series, n_steps).

    The mean is that of all series: the times of series that differ are long. The sum ends at five times its
    value (Sokal).
    """
    steps = series.shape[1]
    spectrum = np.fft.rfft(series - series.mean(), 2 * steps, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :steps].mean(axis=0)
    if not covariance[0] > 0.0:  # nothing moves
        return math.inf
    times = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    ended = np.arange(steps) >= _WINDOW * times
    return max(1.0, float(times[np.argmax(ended)] if ended.any() else times[-1]))


def _ratios(chain: Array) -> tuple[float, ...]:
    ensembles, steps, walkers, count = chain.shape
    series = chain.reshape(ensembles, steps * walkers, count)
    within, between = series.var(axis=1).mean(axis=0), series.mean(axis=1).var(axis=0, ddof=1)
    pairs = zip(within.tolist(), between.tolist(), strict=True)
    return tuple(math.sqrt(1.0 + b / w) if w > 0.0 else math.inf for w, b in pairs)
