"""Machine code for lanes: identical to the loops, and generated where it is worth its time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.engines.native import specialise, step_code, tableaus
from neuralcrn.engines.native.lane_code import LaneCode, code_of
from neuralcrn.engines.native.lowering import lower
from neuralcrn.engines.native.reduction import reduce_network
from neuralcrn.engines.native.specialise import MachineCode, code_structure
from neuralcrn.engines.native.steps import EXPLICIT_STEP, FOLD, ROSENBROCK_STEP
from neuralcrn.engines.work import executed
from neuralcrn.errors import NeuralCRNWarning
from neuralcrn.learning import begin_training, plan, train_many
from neuralcrn.learning.loop import trained
from neuralcrn.studies.robustness import disturb

NETWORK = """A + B -> 2B [k = 3]
B + B -> C + B [k = 0.7]
C + A -> C + A + D [k = 0.5]
B -> 0 [k = 2]
A + 2B -> A + B [k = 1.5]"""


def test_machine_code_for_lanes_is_identical_to_the_loops(recwarn: pytest.WarningsRecorder) -> None:
    code = MachineCode([reduce_network(parse_network(NETWORK))], lanes=True)
    assert not [warning for warning in recwarn if issubclass(warning.category, NeuralCRNWarning)]
    assert code.addresses[0, EXPLICIT_STEP]
    assert code.addresses[0, ROSENBROCK_STEP]
    assert not code.addresses[0, FOLD]


def test_machine_code_for_lanes_that_differs_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tableaus.TSIT5_A.copy()
    wrong[6, 5] *= 1.0 + 1e-15
    monkeypatch.setattr(step_code.tableaus, "TSIT5_A", wrong)
    with pytest.warns(NeuralCRNWarning, match="explicit step in lanes"):
        code = MachineCode([reduce_network(parse_network(NETWORK))], lanes=True)
    assert not code.addresses.any()


def test_machine_code_is_generated_once_the_loops_have_taken_as_long() -> None:
    reductions = [reduce_network(parse_network(NETWORK))]
    code, price = LaneCode(reductions), specialise.compilation_seconds(reductions)
    code.count(0.6 * price)
    assert not code.functions.any()
    code.count(0.6 * price)
    assert code.functions.any()


def test_machine_code_is_shared_by_programs_of_the_same_structure() -> None:
    reductions = [reduce_network(parse_network(NETWORK))]
    assert code_of("one", reductions) is code_of("one", reductions)
    assert code_of("one", reductions) is not code_of("other", reductions)


def test_programs_that_differ_in_what_is_not_integrated_share_their_machine_code() -> None:
    program = make_circuit("quadratic", 2, hidden=2).compile()
    wrong, leaky = (disturb(program, "rates", 0.1, 0, "update"), disturb(program, "leaks", 0.1, 0))
    plain, with_errors, with_leaks = (lower(p).reductions for p in (program, wrong, leaky))
    assert [len(r.decays) for r in with_errors] != [len(r.decays) for r in plain]
    assert code_structure(with_errors) == code_structure(plain) != code_structure(with_leaks)


def test_trainings_are_the_same_with_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr("neuralcrn.engines.native.lane_code._codes", {})
    monkeypatch.setattr("neuralcrn.engines.native.lane_code.compilation_seconds", lambda _, **__: 0.0)
    monkeypatch.setattr(
        "neuralcrn.engines.native.lane_code.MachineCode",
        lambda *args, **options: made.append(MachineCode(*args, **options)) or made[-1],
    )
    spec = plan("bilinear", "quadratic", epochs=2, horizon=0.4321)
    many = train_many(spec, seeds=range(3))
    assert len(made) == 1
    assert made[0].addresses.any()
    alone = executed(trained(begin_training(spec, spec.make_task())))
    assert np.array_equal(many.trained[0].state.pot, alone.state.pot)
