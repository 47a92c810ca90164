"""Starts of a fit in parallel processes, with results that are kept in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neuralcrn.fitting.multistart import check_seen, fit_start
from neuralcrn.fitting.objective import Objective
from neuralcrn.fitting.optimise import LocalFit, check_starts
from neuralcrn.fitting.problem import FitProblem
from neuralcrn.fitting.profiles import profile_interval
from neuralcrn.fitting.result import Fit
from neuralcrn.fitting.sampling import ENSEMBLES, Sampling, draw
from neuralcrn.jobs import Job, JobCounter, Store, Workers, collect
from neuralcrn.status import OnStatus, ignore_status


def run_fit(
    problem: FitProblem,
    folder: Path,
    *,
    starts: int,
    seed: int,
    profiles: bool = False,
    sampling: Sampling | None = None,
    workers: Workers,
    on_status: OnStatus = ignore_status,
) -> Fit:
    """Compute the missing starts of a fit in a folder, and return the result of `neuralcrn.fitting.fit`.

    With `profiles` its intervals are those of profile likelihoods, and with `sampling` it has samples of the
    posterior distribution, those of `neuralcrn.fitting.sample`. After an interruption the same call
    continues. Neither interruptions nor the workers affect the result.

    Raises
    ------
    DataError
        If no measurement depends on a parameter.
    InvalidValueError
        If a number is out of range, or samples are drawn without emcee.
    SimulationError
        If no start could be simulated.
    RunError
        If the scheduler does not answer, a job fails repeatedly, or the folder is not writable.
    """
    check_starts(starts)
    plan = None if sampling is None else sampling.plan(problem)
    objective = Objective.of(problem)
    check_seen(objective)
    jobs = [Job(f"start-{i + 1:04}", fit_start, (problem, i, starts, seed)) for i in range(starts)]
    store = Store(folder / "starts")
    results = collect(jobs, store, workers, JobCounter("starts", starts, on_status))
    fit = Fit.of(objective, [_local_fit(results[job.name].value) for job in jobs])
    if profiles:
        best = fit.starts[0].point
        jobs = [
            Job(f"profile-{one.name}", profile_interval, (problem, best, one.name)) for one in fit.estimates
        ]
        results = collect(jobs, store, workers, JobCounter("profiles", len(jobs), on_status))
        fit = fit.with_intervals(
            {one.name: tuple(results[f"profile-{one.name}"].value) for one in fit.estimates}
        )
    if plan is not None:
        counter = JobCounter("samples", ENSEMBLES * len(plan.blocks), on_status)

        def compute(jobs: Sequence[Job]) -> list[Any]:
            results = collect(jobs, store, workers, counter)
            return [results[job.name].value for job in jobs]

        fit = fit.with_posterior(draw(fit, plan, seed, compute))
    return fit


def _local_fit(stored: dict[str, Any]) -> LocalFit:
    return LocalFit(
        tuple(stored["start"]), tuple(stored["point"]), stored["value"], stored["evaluations"],
        stored["converged"],
    )  # fmt: skip
