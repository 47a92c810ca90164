"""Learners that are a circuit family with a learning rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, final

from neuralcrn.errors import DataError, NeuralCRNError
from neuralcrn.learners.base import Learner, Published
from neuralcrn.learning import SETTINGS, TrainingSpec, plan, plan_scaled
from neuralcrn.learning.doses import check_task
from neuralcrn.tasks import Task, make_task


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitLearner(Learner):
    """A circuit family with a learning rule.

    Attributes
    ----------
    name, summary, source, ours, published
        See `Learner`.
    circuit, rule : str
        Names of the family and of the learning rule.
    options : mapping of str to value
        Options of the family that differ from those of the planned training.
    level, clock : str
        Level at which the circuit is compiled, and the clock for the autonomous level; see `Circuit.compile`.
    classes_only, one_output : bool
        Whether it only learns to classify, and whether it can only have one output.
    outputs_in : tuple of float or None, concentration
        Smallest and largest possible output, if outputs are bounded.
    """

    name: str
    summary: str
    source: str
    circuit: str
    rule: str
    ours: str = ""
    published: tuple[Published, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    level: str = "staged"
    clock: str = ""
    classes_only: bool = False
    one_output: bool = False
    outputs_in: tuple[float, float] | None = None

    def plan(self, task: str | Task) -> TrainingSpec:
        """Return the recorded training of a task, or one with defaults according to the scale of its data.

        Raises
        ------
        DataError
            If the circuit cannot learn this task; the message gives the reason.
        """
        data = make_task(task) if isinstance(task, str) else task
        if self.classes_only and data.kind != "classification":
            raise DataError("it learns classes, but the targets of this task are numbers")
        if self.one_output and data.outputs > 1:
            raise DataError(f"it has one output, but this task has {data.outputs}")
        try:
            spec = self._planned(task)
            data = spec.make_task() if isinstance(task, str) else task
            check_task(data, spec.make_program(data))
        except NeuralCRNError as error:
            raise DataError(str(error)) from error
        self._check_targets(data)
        return spec

    def _check_targets(self, data: Task) -> None:
        """Reject targets that bounded outputs cannot reach."""
        if self.outputs_in is None:
            return
        low, high = self.outputs_in
        targets = data.train.targets
        if targets.min() < low or targets.max() > high:
            raise DataError(
                f"its outputs are between {low:g} and {high:g}, but the targets of this task are between "
                f"{targets.min():.3g} and {targets.max():.3g}"
            )

    def _planned(self, task: str | Task) -> TrainingSpec:
        chosen: dict[str, Any] = {"rule": self.rule, **self.options}
        if isinstance(task, Task) or (task, self.circuit, self.rule) in SETTINGS:
            spec = plan(task, self.circuit, **chosen)
        else:
            spec = plan_scaled(task, self.circuit, **chosen)
        return replace(spec, level=self.level, clock=self.clock)
