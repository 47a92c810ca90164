"""Samples of the posterior distribution of a fit.

Independent ensembles of walkers (emcee) start around the best point, so that their agreement shows whether
they have converged. They advance in blocks of steps; each block of each ensemble is a job.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.errors import InvalidValueError
from neuralcrn.fitting.objective import Objective
from neuralcrn.fitting.optimise import Box
from neuralcrn.fitting.parameters import slope_of_scale
from neuralcrn.fitting.posterior import Posterior
from neuralcrn.fitting.problem import FitProblem
from neuralcrn.fitting.result import Fit
from neuralcrn.fitting.statistics import spectrum
from neuralcrn.jobs import Job
from neuralcrn.status import OnStatus, Status, ignore_status

Array = NDArray[np.float64]

ENSEMBLES = 4
MAX_SAMPLES = 1_000_000
_FEWEST_WALKERS = 8
_EVALUATIONS = 2_000
"""Approximate number of evaluations of a job, some seconds."""
_WIDEST = 0.2
"""Largest standard deviation of first points, as a part of the range."""
_HALVINGS = 40
"""First points where the simulation fails are moved towards the best point by at most this many halvings."""


@final
@dataclass(frozen=True, slots=True)
class Sampling:
    """How many samples of a posterior distribution are drawn.

    Attributes
    ----------
    samples : int
        Number of samples, rounded up to complete steps of all walkers. Half as many are drawn before them
        and discarded.
    walkers : int or None
        Number of walkers of each of the four ensembles, at least twice the number of estimated parameters;
        by default two more than that, and at least 8.
    """

    samples: int
    walkers: int | None = None

    def plan(self, problem: FitProblem) -> Plan:
        """Return numbers of walkers and steps for a problem.

        Raises
        ------
        InvalidValueError
            If a number is out of range, or emcee is not installed.
        """
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise InvalidValueError(f"samples = {self.samples}: from 1 to {MAX_SAMPLES:,} are possible")
        count = len(problem.estimated)
        walkers = max(2 * count + 2, _FEWEST_WALKERS) if self.walkers is None else self.walkers
        if not 2 * count <= walkers <= MAX_SAMPLES:
            raise InvalidValueError(
                f"walkers = {walkers}: {count} estimated parameters need at least {2 * count}, twice as many"
            )
        try:
            import emcee as emcee
        except ImportError as error:
            raise InvalidValueError("samples are drawn by emcee: pip install 'neuralcrn[fit]'") from error
        kept = math.ceil(self.samples / (ENSEMBLES * walkers))
        discarded = math.ceil(kept / 2)
        return Plan(walkers, discarded, kept, max(1, _EVALUATIONS // walkers))


class Plan(NamedTuple):
    """Numbers of walkers, of discarded and of kept steps of an ensemble, and of steps of a block."""

    walkers: int
    discarded: int
    kept: int
    block: int

    @property
    def blocks(self) -> list[int]:
        """Numbers of steps of all blocks."""
        steps = self.discarded + self.kept
        return [min(self.block, steps - first) for first in range(0, steps, self.block)]


def sample(
    fit: Fit, samples: int, *, walkers: int | None = None, seed: int = 0, on_status: OnStatus = ignore_status
) -> Fit:
    """Draw samples of the posterior distribution, in this process.

    The density is the likelihood times the priors within the bounds. A parameter without a prior is uniform
    on the scale of its search.

    Parameters
    ----------
    fit : Fit
        The fit, at whose best point the samples begin.
    samples, walkers : int
        See `Sampling`.
    seed : int
        Random seed; the same seed gives identical samples.
    on_status : callable
        Called after each block of steps.

    Returns
    -------
    Fit
        The fit with its `posterior`.

    Raises
    ------
    InvalidValueError
        If a number is out of range, or emcee is not installed (the extra ``fit``).
    """
    plan = Sampling(samples, walkers).plan(fit.problem)
    total, done = ENSEMBLES * len(plan.blocks), 0

    def compute(jobs: Sequence[Job]) -> list[Any]:
        nonlocal done
        found: list[Any] = []
        for job in jobs:
            on_status(Status("samples", done, total))
            found.append(job.work(*job.arguments))
            done += 1
        return found

    return fit.with_posterior(draw(fit, plan, seed, compute))


def draw(fit: Fit, plan: Plan, seed: int, compute: Callable[[Sequence[Job]], list[Any]]) -> Posterior:
    """Return samples; `compute` returns the values of jobs, which are the blocks of all ensembles."""
    points = [first_points(fit, plan.walkers, (seed, ensemble)) for ensemble in range(ENSEMBLES)]
    chains: list[Array] = []
    densities: list[Array] = []
    accepted = 0.0
    for number, steps in enumerate(plan.blocks):
        jobs = [
            Job(f"samples-{number + 1:04}-{i + 1}", walk, (fit.problem, start, steps, (seed, i, number)))
            for i, start in enumerate(points)
        ]
        values = compute(jobs)
        chains.append(np.array([value["points"] for value in values]))
        densities.append(np.array([value["logarithms"] for value in values]))
        accepted += steps * float(np.mean([value["accepted"] for value in values]))
        points = [ensemble[-1].tolist() for ensemble in chains[-1]]
    chain, logarithms = (np.concatenate(parts, axis=1)[:, plan.discarded :] for parts in (chains, densities))
    return Posterior.of(fit.problem.estimated, chain, logarithms, accepted / sum(plan.blocks))


def first_points(fit: Fit, walkers: int, seed: Sequence[int]) -> list[list[float]]:
    """Return points around the best one, spread as the Fisher information says, within the bounds."""
    objective, box = Objective.of(fit.problem), Box.of(fit.problem)
    best, width = np.array(fit.starts[0].point), box.upper - box.lower
    deviations, directions = spectrum(fit.evaluation.information * np.outer(width, width))
    rng = np.random.default_rng([*seed])
    made: list[list[float]] = []
    for _ in range(walkers):
        step = directions @ (np.minimum(deviations, _WIDEST) * rng.standard_normal(len(best)))
        point = _folded(best + width * step, box)
        for _ in range(_HALVINGS):
            if math.isfinite(log_posterior(objective, box, point)):
                break
            point = 0.5 * (best + point)
        made.append(point.tolist())
    return made


def walk(problem: FitProblem, points: list[list[float]], steps: int, seed: tuple[int, ...]) -> dict[str, Any]:
    """Advance one ensemble, and return its points, their densities, and the accepted part of the steps."""
    import emcee

    objective, box = Objective.of(problem), Box.of(problem)
    sampler = emcee.EnsembleSampler(
        len(points), len(points[0]), lambda point: log_posterior(objective, box, point),
        moves=emcee.moves.DEMove(),  # samples are less correlated than by stretch moves
    )  # fmt: skip
    generator = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    start = emcee.State(np.array(points), random_state=generator.get_state())
    sampler.run_mcmc(start, steps, skip_initial_state_check=True)
    return {
        "points": np.asarray(sampler.get_chain()).tolist(),
        "logarithms": np.asarray(sampler.get_log_prob()).tolist(),
        "accepted": float(sampler.acceptance_fraction.mean()),
    }


def log_posterior(objective: Objective, box: Box, point: Array) -> float:
    """Return the logarithm of the posterior density, but for a constant, on the scales of the parameters."""
    if (point < box.lower).any() or (point > box.upper).any():
        return -math.inf
    density = -objective.at(point).value
    if not math.isfinite(density):
        return -math.inf
    values = objective.values(point)
    for parameter in objective.parameters:
        if parameter.prior is not None:  # from the density of the value on the scale of the prior
            here = values[parameter.name]
            density += math.log(slope_of_scale(here, parameter.scale))
            density -= math.log(slope_of_scale(here, parameter.prior.density))
    return density


def _folded(point: Array, box: Box) -> Array:
    """Return a point reflected at the bounds until it is within them."""
    width = box.upper - box.lower
    phase = np.mod(point - box.lower, 2.0 * width)
    return box.clip(box.lower + np.minimum(phase, 2.0 * width - phase))
