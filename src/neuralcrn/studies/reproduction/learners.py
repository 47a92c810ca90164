"""Experiments of other published learners, on the tasks of their publications.

Most of these publications count the starts that learn a task, so experiments state which value counts as
solved.
"""

from __future__ import annotations

from neuralcrn.studies.reproduction.experiments import Experiment

LEARNER_EXPERIMENTS: tuple[Experiment, ...] = ()
"""Experiments of the group ``learners``."""
