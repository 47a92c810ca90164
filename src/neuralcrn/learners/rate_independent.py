"""Networks of rectifiers whose final amounts do not depend on rate constants, as a learner."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, final

import numpy as np

from neuralcrn.errors import DataError
from neuralcrn.in_silico.rate_independent import RateIndependentModel, Settings, train
from neuralcrn.learners.base import Published
from neuralcrn.learners.in_silico import InSilicoLearner
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.tasks import Task

SETTINGS: Mapping[str, Settings] = MappingProxyType(
    {
        "iris": Settings(hidden=(3,), dropout=(0.1, 0.01)),
        "digit-pair": Settings(hidden=(4,)),
        "digits": Settings(hidden=(64,), epochs=100, batch=100, rates=(0.02, 1e-4), starts=2),
    }
)
"""Settings of tasks; other tasks have the default ones."""


@final
class RateIndependentLearner(InSilicoLearner):
    """Binary or ternary weights, trained by straight-through gradients, as reactions."""

    name = "rate-independent"
    summary = (
        "layers of rectifiers with ternary weights whose final amounts do not depend on rates; in silico"
    )
    source = "Vasic et al., arXiv 2003.13720 and arXiv 2109.11422"
    ours = "trainer, reduction for any number of layers, verification"
    published: tuple[Published, ...] = (
        Published("iris", "accuracy on the 150 samples that it was trained on, 9 reactions", "0.98"),
    )

    def check(self, task: Task) -> None:
        """Reject regressions and samples in order of time."""
        if task.kind != "classification":
            raise DataError("it learns classes, but the targets of this task are numbers")
        if task.ordered:
            raise DataError("it has no memory, but the samples of this task are in order of time")

    def fit(self, task: Task, *, seed: int = 0, on_status: OnStatus = ignore_status) -> RateIndependentModel:
        """Train on the training samples; see `InSilicoLearner.fit`."""
        self.check(task)
        samples = task.train
        settings = SETTINGS.get(task.name, Settings())
        labels = task.labels(samples.targets)
        fit = train(samples.features, labels, settings, seed=seed, on_status=on_status)
        return RateIndependentModel.of(
            fit.network, np.zeros(task.inputs) if task.non_negative_inputs else None
        )

    def read(self, data: Mapping[str, Any]) -> RateIndependentModel:
        """Return a trained model; see `InSilicoLearner.read`."""
        return RateIndependentModel.from_json(data)
