"""Base class of learners: learning chemistries with their sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

from neuralcrn.learning import TrainingSpec
from neuralcrn.tasks import Task


@final
@dataclass(frozen=True, slots=True)
class Published:
    """A result that a publication reports.

    Attributes
    ----------
    task : str
        Name of the task in the registry, or of a task that is not in it.
    measure : str
        What was measured.
    value : str
        The reported value.
    """

    task: str
    measure: str
    value: str


class Learner(ABC):
    """A chemistry that learns, with its source.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and a summary in one line.
    source : str
        Authors and identifier of the publication.
    ours : str
        Parts of the construction that are not those of the publication; empty if there are none.
    published : tuple of Published
        Results of the publication.
    in_silico : bool
        Whether it is trained by conventional computation, and only the result is chemistry.
    """

    name: str
    summary: str
    source: str
    ours: str
    published: tuple[Published, ...]
    in_silico: bool = False

    @abstractmethod
    def plan(self, task: str | Task) -> TrainingSpec:
        """Return the training on a task.

        Parameters
        ----------
        task : str or Task
            A name in the registry, or your own task.

        Raises
        ------
        DataError
            If it cannot learn this task; the message gives the reason.
        """
