"""Studies of published learners of Boolean functions: what is computed, and how it is shown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neuralcrn.learning import plan
from neuralcrn.studies.reproduction.learners import LEARNER_EXPERIMENTS
from neuralcrn.studies.reproduction.logic import (
    BOOLEAN_FUNCTIONS,
    PHASE_LENGTH,
    forward_error,
    function_jobs,
    functions_learned,
    phase_jobs,
    show_functions,
    show_phases,
)
from neuralcrn.studies.reproduction.plan import make_plan


def test_the_error_of_a_sigmoid_decreases_exponentially_with_its_phase() -> None:
    lengths = [job.arguments[0] for job in phase_jobs(quick=False)]
    assert lengths == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    errors = [forward_error(length) for length in (4.0, 8.0)]
    assert math.log(errors[1] / errors[0]) / 4.0 == pytest.approx(-1.07, abs=0.1)


def test_the_slope_of_the_errors_is_shown() -> None:
    study = show_phases([0.3 * math.exp(-1.25 * length) for length in (2.0, 4.0, 6.0)])
    assert "d log error / d L is -1.250" in study.text
    assert study.cells[1] == ("4", f"{0.3 * math.exp(-5.0):.2e}")


def test_starts_that_learn_all_functions_are_counted() -> None:
    learned = np.ones((2, 3, 16), dtype=bool)
    learned[0, 1, 6] = learned[0, 2, 6] = learned[1, 0, 9] = learned[1, 0, 3] = False
    study = show_functions(learned.reshape(6, 16).tolist())
    assert study.cells[0] == ("2-3-1", "200", "1 of 3", "1 of 3", "3 of 3", "3 of 3")
    assert study.cells[1] == ("2-2-1", "300", "2 of 3", "3 of 3", "2 of 3", "2 of 3")


def test_every_network_has_as_many_starts() -> None:
    assert [job.arguments for job in function_jobs(quick=True)] == [
        (3, 200, 0), (3, 200, 1), (2, 300, 0), (2, 300, 1),
    ]  # fmt: skip
    assert len(function_jobs(quick=False)) == 80


def test_constant_functions_are_learned_first() -> None:
    learned = functions_learned(1, 3, 0)
    assert len(learned) == 16
    assert learned[0]
    assert learned[15]
    assert not all(learned)


def test_studies_of_learners_belong_to_their_group() -> None:
    studies = {PHASE_LENGTH, BOOLEAN_FUNCTIONS}
    assert studies.isdisjoint(make_plan([], 1, True).parts)
    assert studies <= set(make_plan(["learners"], 1, True).parts)


def test_experiments_use_the_recorded_constants() -> None:
    spec = next(e.spec for e in LEARNER_EXPERIMENTS if e.name == "modules-or")
    assert (spec.epochs, spec.task_options["function"]) == (300, 14)
    assert spec.circuit_options == {**plan("logic", "sigmoid").circuit_options, "hidden": 2}
    assert spec.initializers == plan("logic", "tanh").initializers
