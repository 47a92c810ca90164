"""Linear attention: the same function and gradient in trimolecular and in bimolecular reactions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.errors import InvalidValueError
from neuralcrn.studies.reproduction.attention import attention_circuit, attention_jobs, show_attention
from neuralcrn.tasks import make_task
from neuralcrn.verify import draw_samples, measure
from neuralcrn.verify.counts import expected_counts
from neuralcrn.verify.measurement import accurate

TASK = make_task("bilinear", scaled=True)
FORMS = [attention_circuit(TASK, 3, reduced=reduced) for reduced in (False, True)]


def test_the_output_is_the_product_of_three_sums() -> None:
    circuit = FORMS[1]
    (point,) = draw_samples(circuit, 1, np.random.default_rng(1))
    values = dict(zip(map(str, circuit.trained_parameters), point.parameters, strict=True))

    def units(part: str) -> np.ndarray:
        weights = [[values[f"theta_{part}[{i},{j}]"] for j in range(2)] for i in range(3)]
        return np.array(weights) @ point.features + [values[f"beta_{part}[{i}]"] for i in range(3)]

    weighted = (units("q") @ units("k")) * units("v")
    output = np.array([values[f"w[0,{i}]"] for i in range(3)]) @ weighted + values["b[0]"]
    assert measure(accurate(circuit.compile()), point).outputs[0] == pytest.approx(output, rel=1e-9)


def test_both_forms_have_the_same_gradient_and_agree_with_their_chemistry() -> None:
    (point,) = draw_samples(FORMS[0], 1, np.random.default_rng(2))
    gradients = []
    for circuit in FORMS:
        exact = Oracle.of(circuit).solve(point.parameters, point.features, point.targets)
        measured = measure(accurate(circuit.compile()), point)
        np.testing.assert_allclose(measured.gradient, exact.gradient, rtol=0, atol=1e-9)
        gradients.append(measured.gradient)
    np.testing.assert_allclose(*gradients, rtol=0, atol=1e-9)


def test_the_reduction_lowers_the_order_and_the_number_of_reactions() -> None:
    whole, reduced = (circuit.compile() for circuit in FORMS)
    assert (whole.max_order, reduced.max_order) == (3, 2)
    assert reduced.reaction_count < whole.reaction_count
    assert len(reduced.phases) == len(whole.phases) + 2  # the score, and its adjoint


@pytest.mark.parametrize(
    "options",
    [
        {"inputs": 1, "hidden": 1},
        {"inputs": 3, "hidden": 2, "outputs": 2, "non_negative": False},
        {"optimiser": "chop", "momentum": 0.5},
        {"update": "direct"},
        {"loss": "squared-hinge", "update": "accumulate", "decay": 1e-3},
    ],
)
def test_closed_counts_are_those_of_the_program(options: dict[str, Any]) -> None:
    circuit = make_circuit("linear-attention", **options)
    assert expected_counts(circuit) == counted(circuit)


def test_wrong_options_are_named() -> None:
    with pytest.raises(InvalidValueError, match="trained_readout = False: it has no effect"):
        make_circuit("linear-attention", trained_readout=False)
    with pytest.raises(InvalidValueError, match="hidden = -1"):
        make_circuit("linear-attention", hidden=-1)


def test_the_study_compares_both_forms() -> None:
    jobs = attention_jobs(quick=True)
    assert len({job.name for job in jobs}) == len(jobs) == 6
    row = {
        "heads": 2,
        "order": 3,
        "phases": 9,
        "species": 1,
        "reactions": 1234,
        "loss": 0.5,
        "disturbed_loss": 1,
    }
    study = show_attention([{**row, "reduced": False}, {**row, "reduced": True, "loss": 0.25}])
    assert [cells[4:6] for cells in study.cells] == [("1,234", "0.5000"), ("1,234", "0.2500")]
