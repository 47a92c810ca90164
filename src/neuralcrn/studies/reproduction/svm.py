"""Study of the support vector machine: the direction of its weights, beside that of LinearSVC."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from neuralcrn.jobs import Job
from neuralcrn.learning import begin_training, continue_training, plan
from neuralcrn.studies.reproduction.baselines import scikit_is_there
from neuralcrn.studies.reproduction.report import Study

TASK, BOUND = "separable", 0.01
"""The task, and the distance of two unit vectors that counts as equal."""
_QUICK_SEEDS, _SEEDS = 2, 20
_VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "recorded": {},
    "no batches": {"batch": 1},
    "squared loss": {"loss": "squared"},
}
"""Options that differ from the recorded setting."""
_TEXT = (
    "Circuit svm on 100 points with a margin: distance between the unit vectors of its weights and of those "
    "of LinearSVC with the squared hinge loss and C = rate / (2 decay n). Without batches the weights "
    "fluctuate with single samples; with the squared loss, points far from the boundary pull it."
)


@final
@dataclass(frozen=True, slots=True)
class SvmRow:
    """One training.

    Attributes
    ----------
    variant : str
        What differs from the recorded setting.
    seed : int
        Seed of points and order.
    distance : float
        Distance between the two unit vectors.
    accuracy : float
        Validation accuracy.
    """

    variant: str
    seed: int
    distance: float
    accuracy: float


def train_beside_scikit(variant: str, seed: int) -> SvmRow:
    """Train one machine by simulated reactions, and LinearSVC on the same points."""
    from sklearn.svm import LinearSVC

    spec = replace(plan(TASK, "svm", **_VARIANTS[variant]), seed=seed)
    (progress,) = deque(continue_training(begin_training(spec, spec.make_task(), threads=1)), maxlen=1)
    task, circuit = progress.trainer.task, progress.trainer.program.circuit
    strength = circuit.learning_rate / (2.0 * circuit.decay * len(task.train))
    model: Any = LinearSVC(C=strength, loss="squared_hinge", tol=1e-10, max_iter=1_000_000)
    model.fit(task.train.features, task.labels(task.train.targets))
    values = progress.trainer.parameters(progress.state)[: task.inputs]
    ours, theirs = (v / np.linalg.norm(v) for v in (values, model.coef_[0]))
    accuracy = progress.metrics[-1].accuracy
    return SvmRow(variant, seed, float(np.linalg.norm(ours - theirs)), accuracy or 0.0)


def svm_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study; none without scikit-learn."""
    if not scikit_is_there():
        return ()
    seeds = range(_QUICK_SEEDS if quick else _SEEDS)
    return tuple(
        Job(f"svm-{variant.replace(' ', '-')}-{seed}", train_beside_scikit, (variant, seed))
        for variant in _VARIANTS
        for seed in seeds
    )


def show_svm(results: Sequence[dict[str, Any]]) -> Study:
    """Return the study as a table."""
    rows = [SvmRow(**row) for row in results]
    groups = {variant: [row for row in rows if row.variant == variant] for variant in _VARIANTS}
    return Study(
        title="Support vector machine",
        text=_TEXT,
        columns=("setting", "median distance", "largest", f"within {BOUND:g}", "median accuracy"),
        cells=tuple(
            (
                variant,
                f"{statistics.median(row.distance for row in group):.4f}",
                f"{max(row.distance for row in group):.4f}",
                f"{sum(row.distance <= BOUND for row in group)} of {len(group)}",
                f"{statistics.median(row.accuracy for row in group):.3f}",
            )
            for variant, group in groups.items()
        ),
    )
