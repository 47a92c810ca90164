"""Study of expert gains: the regret of the chemistry beside its bound."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from neuralcrn.compiler import Read
from neuralcrn.jobs import Job
from neuralcrn.learning import begin_training, plan
from neuralcrn.studies.reproduction.report import Study

_RATES = (0.05, 0.2, 0.5, 1.0)
_QUICK_SEEDS, _SEEDS = 2, 20
_TEXT = (
    "Digits in random order, one pass: every pixel is an expert of every class, which gains its value in "
    "samples of the class. The regret of a class is the gain of its best expert minus that of the chemistry, "
    "which is the score of the class, read from the pot in every sample. It must not exceed ln N / rate + "
    "rate T / 8 for N = 64 experts and T samples of the class. Regrets and bounds are medians over seeds of "
    "the largest of the ten classes; parts of the bound are the largest of all classes and seeds."
)


@final
@dataclass(frozen=True, slots=True)
class RegretRow:
    """One pass over the digits.

    Attributes
    ----------
    rate : float
        Learning rate.
    seed : int
        Seed of the split and of the order.
    regrets, bounds : tuple of float
        Measured regret and its bound for every class.
    accuracy : float
        Validation accuracy after the pass.
    """

    rate: float
    seed: int
    regrets: tuple[float, ...]
    bounds: tuple[float, ...]
    accuracy: float

    @property
    def share(self) -> float:
        """Largest regret as a part of its bound."""
        return max(regret / bound for regret, bound in zip(self.regrets, self.bounds, strict=True))


def measure_regret(rate: float, seed: int, samples: int | None = None) -> RegretRow:
    """Learn once from every sample, or from the first ones, and read the score of its class beforehand."""
    spec = replace(
        plan("digits", "multiplicative-weights", rule="expert-gains", learning_rate=rate), seed=seed
    )
    task = spec.make_task()
    progress = begin_training(spec, task, threads=1)
    trainer, pot = progress.trainer, progress.state.pot.copy()
    circuit, executable = trainer.program.circuit, trainer.executable
    steps, errors = trainer.program.training, np.zeros(circuit.outputs)
    first = next(place for place, step in enumerate(steps) if isinstance(step, Read))
    order = np.random.default_rng([seed, 3]).permutation(len(task.train))[:samples]
    gains, experts = np.zeros(circuit.outputs), np.zeros((circuit.outputs, circuit.features))
    for sample in order:
        features, targets = task.train.features[sample], task.train.targets[sample]
        executable.execute(steps[:first], pot, features, targets, errors)
        gains += targets * executable.signed(pot, circuit.system.states)
        executable.execute(steps[first:], pot, features, targets, errors)
        experts += np.outer(targets, features)
    times = task.train.targets[order].sum(axis=0)
    bounds = math.log(circuit.features) / rate + rate * times / 8.0
    outputs = trainer.predict(replace(progress.state, pot=pot), task.validation.features)
    accuracy = task.accuracy(outputs, task.validation.targets)
    regrets = experts.max(axis=1) - gains
    return RegretRow(rate, seed, tuple(regrets.tolist()), tuple(bounds.tolist()), accuracy)


def regret_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study."""
    seeds = range(_QUICK_SEEDS if quick else _SEEDS)
    return tuple(
        Job(f"regret-{rate:g}-{seed}", measure_regret, (rate, seed)) for rate in _RATES for seed in seeds
    )


def show_regret(results: Sequence[dict[str, Any]]) -> Study:
    """Return the study as a table."""
    rows = [RegretRow(**row) for row in results]
    groups = {rate: [row for row in rows if row.rate == rate] for rate in _RATES}
    return Study(
        title="Regret of expert gains",
        text=_TEXT,
        columns=("rate", "regret", "bound", "largest part of the bound", "seeds", "validation accuracy"),
        cells=tuple(
            (
                f"{rate:g}",
                f"{statistics.median(max(row.regrets) for row in group):.2f}",
                f"{statistics.median(max(row.bounds) for row in group):.2f}",
                f"{max(row.share for row in group):.2f}",
                str(len(group)),
                f"{statistics.median(row.accuracy for row in group):.3f}",
            )
            for rate, group in groups.items()
        ),
    )
