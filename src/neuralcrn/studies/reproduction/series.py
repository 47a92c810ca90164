"""Time series: experiments, and a study of banks of units with memory on all of them.

The study draws another bank for every seed, trains its readout by recursive least squares in simulated
reactions, and fits ridge regression to the same simulated states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from neuralcrn.compiler import RULES
from neuralcrn.jobs import Job
from neuralcrn.learning import Progress, begin_training, continue_training, plan
from neuralcrn.learning.trainer import half_squared_error, normalised_error
from neuralcrn.studies.baselines import baselines
from neuralcrn.studies.reproduction.experiments import (
    CAPACITY,
    HELD,
    LEARNERS,
    NRMSE,
    Experiment,
    make_experiment,
)
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.tasks import Task, make_task, memory_capacity_of

TIME_SERIES = "time-series"
RECURSIVE, MEAN = "recursive-least-squares", "least-mean-squares"
_MEASURES: Mapping[str, str] = {
    "narma-2": NRMSE,
    "narma-10": NRMSE,
    "mackey-glass": NRMSE,
    "memory-capacity": CAPACITY,
    "logistic-chaos": HELD,
}
_BANKS = ("switches", "parallel-switches", "chemical-synapse", "electrical-synapse")
_BASELINES = "linear models"
_SEEDS = 5


def _experiment(task: str, circuit: str, measure: str, rule: str = RECURSIVE, **rest: object) -> Experiment:
    words = (task, *(() if circuit == "switches" else (circuit,)), *(() if rule == RECURSIVE else (rule,)))
    title = f"{task}, {circuit}, {rule.replace('-', ' ')}"
    return make_experiment(LEARNERS, "-".join(words), title, (task, circuit, rule, measure), **rest)  # type: ignore[arg-type]


SERIES_EXPERIMENTS: tuple[Experiment, ...] = (
    _experiment("narma-2", "switches", NRMSE, solved=0.27),
    _experiment("narma-2", "switches", NRMSE, MEAN, share=4, beside="narma-2"),
    _experiment("memory-capacity", "switches", CAPACITY, solved=5.0),
    _experiment("narma-10", "switches", NRMSE, note="Linear regression on the last 20 inputs has 0.39."),
    _experiment("mackey-glass", "switches", NRMSE),
    _experiment("logistic-chaos", "switches", HELD),
)
"""Experiments on time series with 50 units."""


def bank_scores(circuit: str, seed: int) -> dict[str, tuple[float, float]]:
    """Return the score of a bank on every task, by the chemistry and by ridge regression on its states."""
    scores: dict[str, tuple[float, float]] = {}
    for name, measure in _MEASURES.items():
        progress = begin_training(
            replace(plan(name, circuit, rule=RECURSIVE, fixed_seed=seed), seed=seed),
            make_task(name, seed),
            threads=1,
        )
        start = progress.state.pot
        *_, progress = continue_training(progress, retry=False, optimise=False)
        scores[name] = float(getattr(progress.metrics[-1], measure)), _ridge_score(progress, start, measure)
    return scores


def baseline_scores(seed: int) -> dict[str, tuple[float, float]]:
    """Return the scores of linear models of the present sample and of the last 20 samples."""
    tasks = {name: make_task(name, seed) for name in _MEASURES}
    return {name: tuple(v or 0.0 for v in baselines(task).values()) for name, task in tasks.items()}  # type: ignore[misc]


def series_jobs(quick: bool) -> tuple[Job, ...]:
    """Return a job for every bank and seed, and those of the baselines."""
    seeds = range(1 if quick else _SEEDS)
    banks = (Job(f"{circuit}-{seed}", bank_scores, (circuit, seed)) for circuit in _BANKS for seed in seeds)
    return (*banks, *(Job(f"baselines-{seed}", baseline_scores, (seed,)) for seed in seeds))


def show_series(results: Sequence[Mapping[str, Sequence[float]]]) -> Study:
    """Return the medians over all seeds; two numbers are those of the chemistry and of ridge regression."""
    kinds = (*_BANKS, _BASELINES)
    seeds = len(results) // len(kinds)
    groups = [results[i * seeds : (i + 1) * seeds] for i in range(len(kinds))]

    def cell(rows: Sequence[Mapping[str, Sequence[float]]], name: str) -> str:
        if _MEASURES[name] == CAPACITY and rows is groups[-1]:
            return ""
        return " / ".join(f"{median(row[name][k] for row in rows):.3f}" for k in range(2))

    return Study(
        title="Banks of units with memory on time series",
        text=f"Medians over {seeds} banks of 50 units, and as many series of 2,000 training samples, each "
        "used once. NRMSE, for memory-capacity the capacity, for logistic-chaos the accuracy: by the "
        "chemistry / by ridge regression on the same simulated states. Last row: linear models of the "
        "present input / of the last 20 inputs.",
        columns=("circuit", *_MEASURES),
        cells=tuple(
            (kind, *(cell(rows, name) for name in _MEASURES))
            for kind, rows in zip(kinds, groups, strict=True)
        ),
    )


def _ridge_score(progress: Progress, start: NDArray[np.float64], measure: str) -> float:
    """Return the score of ridge regression on the states of a bank, simulated from a new pot."""
    task = progress.trainer.task
    states = _simulated_states(progress, start)
    count = len(task.train)
    mean, deviation = states[:count].mean(axis=0), states[:count].std(axis=0)
    rows = (states - mean) / deviation
    offset = task.train.targets.mean(axis=0)
    circuit = progress.trainer.program.circuit
    penalty = 1.0 / RULES.find(RECURSIVE).constant(circuit, "covariance")
    gram = rows[:count].T @ rows[:count] + penalty * np.eye(rows.shape[1])
    weights = np.linalg.solve(gram, rows[:count].T @ (task.train.targets - offset))
    return _score(task, rows[count:] @ weights + offset, measure)


def _simulated_states(progress: Progress, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the states after every sample, shape (samples, units), by the prediction protocol."""
    trainer, pot = progress.trainer, start.copy()
    circuit, protocol = trainer.program.circuit, trainer.program.prediction
    nothing, measured = np.zeros(circuit.outputs), np.zeros(circuit.outputs)
    rows: list[NDArray[np.float64]] = []
    for samples in (trainer.task.train, trainer.task.validation):
        for features in samples.features:
            trainer.executable.execute(protocol, pot, features, nothing, measured)
            rows.append(trainer.executable.signed(pot, circuit.read))
    return np.array(rows)


def _score(task: Task, outputs: NDArray[np.float64], measure: str) -> float:
    true = task.validation.targets
    if measure == HELD:
        return task.accuracy(outputs, true)
    if measure == CAPACITY:
        return memory_capacity_of(outputs, true)
    return normalised_error(half_squared_error(outputs - true), true) or 0.0
