"""The network of every learner in libRoadRunner, through SBML, from the first sample of a task."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from neuralcrn.compiler import Program
from neuralcrn.errors import DataError
from neuralcrn.learners import LEARNERS, CircuitLearner
from neuralcrn.learning import TrainingSpec
from neuralcrn.tasks import TASKS
from neuralcrn.verify import draw_samples, measure
from neuralcrn.verify.measurement import accurate
from neuralcrn.verify.roadrunner import final_concentrations

pytest.importorskip("roadrunner")

STAGED = [
    name
    for name, learner in LEARNERS.items()
    if isinstance(learner, CircuitLearner) and learner.level == "staged"
]


def first_program(name: str) -> Program:
    """Return the program for the first task that a learner can learn."""
    for task in TASKS:
        with contextlib.suppress(DataError):
            spec: TrainingSpec = LEARNERS[name].plan(task)
            return spec.make_program(spec.make_task())
    raise AssertionError(f"{name} can learn no task")


@pytest.mark.parametrize("name", STAGED)
def test_every_phase_agrees_to_1e_5(name: str) -> None:
    program = first_program(name)
    (sample,) = draw_samples(program.circuit, 1, np.random.default_rng(5))
    for played in measure(accurate(program), sample).phases:
        other = final_concentrations(played.started, played.phase.duration)
        np.testing.assert_allclose(
            played.after, other, rtol=0, atol=1e-5 * max(other.max(), 1e-300), err_msg=played.phase.name
        )
