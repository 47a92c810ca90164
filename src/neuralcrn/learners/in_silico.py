"""Base class of learners that are trained by conventional computation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.chemistry import Network
from neuralcrn.learners.base import Learner
from neuralcrn.learning import TrainingSpec
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.tasks import Task, make_task


class InSilicoModel(Protocol):
    """A trained network whose predictions come from simulated reactions."""

    @property
    def network(self) -> Network:
        """The reactions."""
        ...

    def outputs(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return one output for each class, for every row of features, by simulated reactions."""
        ...

    def classify(self, features: ArrayLike) -> NDArray[np.int64]:
        """Return the class with the largest output for every row of features."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the parameters, and the species of inputs and outputs."""
        ...


class InSilicoLearner(Learner):
    """A learner that is trained by conventional computation; only its predictions are chemistry."""

    in_silico = True

    def plan(self, task: str | Task) -> TrainingSpec:
        """Return a description of the data; its circuit and rule are empty, since nothing learns in a pot.

        Raises
        ------
        DataError
            If it cannot learn this task; the message gives the reason.
        """
        data = make_task(task) if isinstance(task, str) else task
        self.check(data)
        return TrainingSpec(task=data.name, circuit="", rule="", epochs=1, source="in silico")

    @abstractmethod
    def check(self, task: Task) -> None:
        """Reject tasks that it cannot learn.

        Raises
        ------
        DataError
            The message gives the reason.
        """

    @abstractmethod
    def fit(self, task: Task, *, seed: int = 0, on_status: OnStatus = ignore_status) -> InSilicoModel:
        """Train on the training samples of a task.

        Parameters
        ----------
        task : Task
            The task.
        seed : int
            Seed of all random choices.
        on_status : callable
            Called repeatedly; see `neuralcrn.app`.
        """

    @abstractmethod
    def read(self, data: Mapping[str, Any]) -> InSilicoModel:
        """Return a model from the output of `InSilicoModel.to_json`, which may have more keys.

        Raises
        ------
        InvalidValueError
            If a key is missing, or a value is invalid.
        """
