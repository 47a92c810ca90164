"""The network of every learner in libRoadRunner, through SBML, with its learning rule and its options."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases import small_size

from neuralcrn.circuits import make_circuit
from neuralcrn.learners import LEARNERS, CircuitLearner
from neuralcrn.verify import draw_samples, measure
from neuralcrn.verify.measurement import accurate
from neuralcrn.verify.roadrunner import final_concentrations

pytest.importorskip("roadrunner")

CIRCUITS = [learner for learner in LEARNERS.values() if isinstance(learner, CircuitLearner)]


@pytest.mark.parametrize("learner", CIRCUITS, ids=lambda learner: learner.name)
def test_every_phase_agrees_to_1e_5(learner: CircuitLearner) -> None:
    options = {**small_size(learner.circuit), **learner.options}
    circuit = make_circuit(learner.circuit, rule=learner.rule, **options)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(5))
    for played in measure(accurate(circuit.compile()), sample).different_phases:
        other = final_concentrations(played.started, played.phase.duration)
        scale = max(other.max(), played.before.max())  # a phase may remove everything
        np.testing.assert_allclose(played.after, other, rtol=0, atol=1e-5 * scale, err_msg=played.phase.name)
