"""Result of a fit: estimates, agreement of starts, and display."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, final

import numpy as np

from neuralcrn.chemistry import Network, ParametricNetwork
from neuralcrn.display import Displayed, Document, Listing, Paragraph, Picture, Table
from neuralcrn.errors import SimulationError
from neuralcrn.fitting.drawing import curves, draw_curves, draw_marginal, draw_residuals, draw_waterfall
from neuralcrn.fitting.objective import Evaluation, Objective
from neuralcrn.fitting.optimise import LocalFit
from neuralcrn.fitting.posterior import Posterior
from neuralcrn.fitting.problem import FitProblem
from neuralcrn.fitting.profiles import Interval
from neuralcrn.fitting.statistics import Combination, Estimate, estimates

AGREE = 0.1
"""Largest difference of the objective at which two starts agree: a likelihood ratio of 0.9."""
_DRAWN = 10
"""Maximum number of observables with a picture."""
LABEL = "trained in silico"
_METHOD = (
    "Rate constants are fitted by a program; nothing learns in the chemistry. All simulated values come from "
    "the reactions. Standard errors and 95 % intervals are those of the Fisher information, on the scale of "
    "the search, corrected for few data if the size of the noise is estimated; with profiles, intervals are "
    "those of profile likelihoods."
)
_SAMPLED = (
    "Samples of the posterior distribution were drawn with the likelihood, the priors and the bounds as its "
    "density; a parameter without a prior is uniform on the scale of the search. Credible intervals are "
    "2.5 and 97.5 % quantiles."
)


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fit(Displayed):
    """Result of a fit.

    Attributes
    ----------
    problem : FitProblem
        The problem.
    starts : tuple of LocalFit
        All starts, the best first.
    evaluation : Evaluation
        Objective, residuals and simulated values at the best point.
    estimates : tuple of Estimate
        In the order of the estimated parameters.
    undetermined : tuple of Combination
        Combinations of parameters that the data do not determine.
    posterior : Posterior or None
        Samples of the posterior distribution, if they were drawn.
    """

    problem: FitProblem
    starts: tuple[LocalFit, ...]
    evaluation: Evaluation
    estimates: tuple[Estimate, ...]
    undetermined: tuple[Combination, ...]
    posterior: Posterior | None = None

    @classmethod
    def of(cls, objective: Objective, starts: Sequence[LocalFit]) -> Fit:
        """Return the result of local fits.

        Raises
        ------
        SimulationError
            If the objective is finite at no start.
        """
        ordered = tuple(sorted(starts, key=lambda start: start.value))
        point = np.array(ordered[0].point)
        evaluation = objective.at(point)
        if not math.isfinite(evaluation.value):
            raise SimulationError(
                f"{objective.problem.name}: no start could be simulated, or an observable is 0 where its "
                "logarithm is measured: narrow the bounds, or choose normal noise"
            )
        made, undetermined = estimates(objective.parameters, point, evaluation)
        return cls(objective.problem, ordered, evaluation, made, undetermined)

    def with_intervals(self, intervals: Mapping[str, Interval]) -> Fit:
        """Return the fit with other confidence intervals, by name of the parameter."""
        made = tuple(
            replace(one, lower=intervals[one.name][0], upper=intervals[one.name][1]) for one in self.estimates
        )
        return replace(self, estimates=made)

    def with_posterior(self, posterior: Posterior) -> Fit:
        """Return the fit with samples of its posterior distribution."""
        return replace(self, posterior=posterior)

    @property
    def value(self) -> float:
        """Negative log-likelihood, and priors, at the best point."""
        return self.evaluation.value

    @property
    def values(self) -> dict[str, float]:
        """Estimates by name."""
        return {estimate.name: estimate.value for estimate in self.estimates}

    @property
    def agreeing(self) -> int:
        """Number of starts that reach the best objective, within `AGREE`."""
        return sum(start.value - self.starts[0].value <= AGREE for start in self.starts)

    @property
    def network(self) -> Network:
        """The network at the estimates."""
        return self.parametric.network

    @property
    def parametric(self) -> ParametricNetwork:
        """The network with its parameters, whose nominal values are the estimates."""
        given, known = self.problem.network, self.problem.nominal | self.values
        nominal = tuple(known[name] for name in given.parameters)
        return replace(given, network=given.at(np.array(nominal)), nominal=nominal)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the estimates doubtful, one sentence each."""
        found = [
            f"{one.name} ends at its {one.bound} bound {one.value:g}" for one in self.estimates if one.bound
        ]
        if len(self.starts) == 1:
            found.append("one start only, so a better fit may exist")
        elif self.agreeing == 1:
            found.append(f"the starts do not agree: 1 of {len(self.starts)} reaches the best objective")
        if not self.starts[0].converged:
            found.append("the best start has not converged")
        if self.undetermined:
            unseen = sorted({one.name for one in self.estimates if one.error is None and not one.bound})
            found.append(f"the data do not determine {', '.join(unseen) or 'a combination of parameters'}")
        if self.posterior is not None:
            found += self.posterior.warnings
        return tuple(found)

    @property
    def headline(self) -> str:
        """The result in one sentence, which says what is doubtful."""
        if self.warnings:
            return f"Doubtful: {'; '.join(self.warnings)}."
        return (
            f"{self.agreeing} of {len(self.starts)} starts agree, no parameter is at a bound, and the data "
            "determine all of them."
        )

    def document(self) -> Document:
        """Return estimates, starts and the fitted network."""
        parts: list[Any] = [Paragraph(self.headline), self._table()]
        if self.undetermined:
            rows = Table.of(
                ("not determined by the data", "standard deviation in ranges"),
                self.undetermined,
                lambda one: (str(one), "infinite" if one.deviation is None else f"{one.deviation:.3g}"),
            )
            parts.append(rows)
        network = Listing(tuple(str(self.network).splitlines()))
        fitted = Paragraph(f"Fitted network, {LABEL}:")
        method = _METHOD if self.posterior is None else f"{_METHOD} {_SAMPLED}"
        return Document.of(*parts, *self._pictures(), self._starts(), fitted, network, Paragraph(method))

    def _table(self) -> Table:
        """Return the estimates, with the credible intervals if there are samples."""
        head = ("parameter", "estimate", "standard error", "95 % interval", "note")
        rows = [_row(one) for one in self.estimates]
        if self.posterior is not None:
            head = (*head[:-1], "95 % credible interval", "effective samples", head[-1])
            pairs = zip(self.posterior.intervals.values(), self.posterior.effective, strict=True)
            added = [(_interval(low, high), f"{count:,.0f}") for (low, _, high), count in pairs]
            rows = [(*row[:-1], *new, row[-1]) for row, new in zip(rows, added, strict=True)]
        return Table.of(head, rows, tuple, title=self._summary, limit=len(rows))

    def _starts(self) -> Table:
        return Table.of(
            ("start", "objective", "evaluations", ""),
            list(enumerate(self.starts, start=1)),
            lambda item: (
                str(item[0]),
                f"{item[1].value:.6g}",
                str(item[1].evaluations),
                "" if item[1].converged else "not converged",
            ),
        )

    def _pictures(self) -> list[Picture]:
        """Return pictures of data, residuals and starts; the network is simulated when they are drawn."""
        found = cache(lambda: curves(self))
        observables = list(dict.fromkeys(m.observable for m in self.problem.measurements))[:_DRAWN]
        pictures = [
            Picture(lambda axes, name=name: draw_curves(axes, self, name, found())) for name in observables
        ]
        pictures.append(Picture(lambda axes: draw_residuals(axes, self)))
        if len(self.starts) > 1:
            pictures.append(Picture(lambda axes: draw_waterfall(axes, self.starts)))
        if self.posterior is not None:
            pictures += [
                Picture(lambda axes, place=place: draw_marginal(axes, self, place))
                for place in range(min(len(self.estimates), _DRAWN))
            ]
        return pictures

    @property
    def _summary(self) -> str:
        problem = self.problem
        drawn = "" if self.posterior is None else f", {len(self.posterior.flat):,} samples"
        return (
            f"{problem.name}: {len(problem.measurements):,} measurements, {len(self.estimates)} parameters, "
            f"objective {self.value:.6g}{drawn}"
        )


def _row(one: Estimate) -> tuple[str, ...]:
    note = f"at its {one.bound} bound" if one.bound else "not determined" if one.error is None else ""
    error = "-" if one.error is None else f"{one.error:.2g}"
    return one.name, f"{one.value:.6g}", error, _interval(one.lower, one.upper), note


def _interval(lower: float | None, upper: float | None) -> str:
    if lower is None:
        return "-" if upper is None else f"up to {upper:.4g}"
    return f"from {lower:.4g}" if upper is None else f"{lower:.4g} to {upper:.4g}"


def fit_json(fit: Fit) -> dict[str, Any]:
    """Return a fit as plain values."""
    rows = zip(fit.problem.measurements, fit.evaluation.simulated, fit.evaluation.residuals, strict=True)
    return {
        "headline": fit.headline,
        "warnings": list(fit.warnings),
        "label": LABEL,
        "objective": fit.value,
        "measurements": len(fit.problem.measurements),
        "estimates": [asdict(estimate) for estimate in fit.estimates],
        "undetermined": [asdict(combination) for combination in fit.undetermined],
        "starts": [asdict(start) for start in fit.starts],
        "posterior": None if fit.posterior is None else fit.posterior.to_json(),
        "residuals": [
            {
                "observable": measurement.observable,
                "condition": measurement.experiment,
                "time": measurement.time,
                "measured": measurement.value,
                "simulated": float(simulated),
                "residual": float(residual),
            }
            for measurement, simulated, residual in rows
        ],
    }
