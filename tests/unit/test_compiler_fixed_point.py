"""Learning at a fixed point, against the closed form of smooth rectifiers."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from tests.cases import counted

from neuralcrn.algebra import SignedSystem
from neuralcrn.chemistry import Network
from neuralcrn.circuits import Distribution, make_circuit
from neuralcrn.compiler import RULES, Circuit, Flush, Oracle, Phase, Readout
from neuralcrn.compiler.rules.fixed_point import gradient_at_rest, rest_of
from neuralcrn.compiler.rules.ideal import solve_schedule
from neuralcrn.errors import CompileError, DivergenceError, InvalidValueError
from neuralcrn.learning import Trainer, begin_training, continue_training, recorded_spec
from neuralcrn.tasks import Samples, Task, make_task
from neuralcrn.verify import check_rule, draw_samples, expected_counts

HOLD = 8.0
SHAPES: tuple[dict[str, Any], ...] = (
    {"inputs": 2, "hidden": 4},
    {"inputs": 1, "hidden": 1, "positive_targets": False},
    {"inputs": 3, "hidden": 2, "outputs": 2, "non_negative": False},
)


def network(hold: float = HOLD, supply: float = 0.1, **options: Any) -> Circuit:
    return make_circuit("fixed-point-network", horizon=hold, supply=supply, **options)


def loss(circuit: Circuit, parameters: np.ndarray, x: np.ndarray, y: np.ndarray, h: float) -> float:
    """Half the squared error of a layer of smooth rectifiers in closed form."""
    units, inputs, outputs = len(circuit.read), circuit.features, circuit.outputs
    theta, beta, w, b = np.split(parameters, np.cumsum([units * inputs, units, units * outputs]))
    s = theta.reshape(units, inputs) @ x + beta
    z = (s + np.sqrt(s**2 + 4.0 * h)) / 2.0
    return 0.5 * float(np.sum((w.reshape(outputs, units) @ z + b - y) ** 2))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_at_rest_is_that_of_the_closed_form(shape: dict[str, Any]) -> None:
    circuit = network(**shape)
    oracle = Oracle.of(circuit)
    for point in draw_samples(circuit, 3, np.random.default_rng(3)):
        sample = (point.parameters, point.features, point.targets)
        steps = 1e-5 * np.eye(len(point.parameters))
        central = [
            loss(circuit, point.parameters + d, *sample[1:], 0.1)
            - loss(circuit, point.parameters - d, *sample[1:], 0.1)
            for d in steps
        ]
        assert gradient_at_rest(oracle, *sample) == pytest.approx(HOLD * np.array(central) / 2e-5, rel=1e-6)


def test_states_come_to_rest_at_the_smooth_rectifier() -> None:
    circuit = network()
    oracle = Oracle.of(circuit)
    (point,) = draw_samples(circuit, 1, np.random.default_rng(0))
    known = oracle.known(point.parameters, point.features)
    s, z = np.split(rest_of(oracle.flow, oracle.by_state, known), 2)
    assert z == pytest.approx((s + np.sqrt(s**2 + 0.4)) / 2.0, rel=1e-12)


@pytest.mark.parametrize("factor", [4.0, 16.0])
def test_error_of_the_gradient_is_inversely_proportional_to_the_hold(factor: float) -> None:
    """Here for negligible learning rates; the certificate measures the order with both."""
    rule = RULES.find("fixed-point")
    errors: list[float] = []
    for hold in (20.0 * HOLD, 20.0 * HOLD * factor):
        circuit = network(hold, learning_rate=1e-12)
        oracle = Oracle.of(circuit)
        (point,) = draw_samples(circuit, 1, np.random.default_rng(5))
        sample = (point.parameters, point.features, point.targets)
        wanted = gradient_at_rest(oracle, *sample)
        errors.append(float(np.linalg.norm(rule.exact(oracle, *sample).gradient / wanted - 1.0)))
    assert errors[0] / errors[1] == pytest.approx(factor, rel=1e-3)


def test_the_rule_is_complete() -> None:
    check_rule("fixed-point", network(hidden=2), levels=["staged"])


def test_only_inputs_and_targets_are_replaced_between_samples() -> None:
    circuit = network(hidden=2)
    program = circuit.compile()
    flush = program.training[-1]
    assert isinstance(flush, Flush)
    kept = set(program.rails.species(flush.kept))
    assert set(program.species) - kept == {"x1", "x2", "y1"}
    assert [phase.name for phase in program.phases] == ["learn", "predict"]


@pytest.mark.parametrize("shape", SHAPES)
def test_formula_counts_the_network(shape: dict[str, Any]) -> None:
    circuit = network(**shape)
    assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize("supply", [0.1, 0.4])
def test_a_hold_below_the_relaxation_is_refused(supply: float) -> None:
    needed = 5.0 / (2.0 * math.sqrt(supply))
    network(1.01 * needed, supply).compile()
    with pytest.raises(CompileError, match=f"the states relax in {needed:.4g}; hold at least that long"):
        network(0.99 * needed, supply).compile()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update": "accumulate"}, "update is accumulate instead of direct"),
        ({"decay": 0.1}, "parameters decay in an update"),
        ({"loss": "squared-hinge"}, "this rule compares none"),
        ({"rule_constants": {"respons": 1.0}}, "did you mean 'response'"),
    ],
)
def test_options_without_effect_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((CompileError, InvalidValueError), match=message):
        network(**options).compile()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"supply": 0.0}, "without a supply its states remain 0"),
        ({"hidden": [2, 2]}, "give one positive number"),
        ({"activation": "relu"}, "activation = relu: it has no effect on this circuit"),
        ({"rule": "exact"}, "choose rule fixed-point, not exact"),
    ],
)
def test_options_of_the_family_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises((CompileError, InvalidValueError), match=message):
        make_circuit("fixed-point-network", **options)


def test_states_that_do_not_relax_are_refused() -> None:
    with pytest.raises(CompileError, match="with all parameters 0 they do not"):
        make_circuit("mixing", rule="fixed-point", update="direct").compile()


def feedback_trainer() -> Trainer:
    """A linear state with a learned feedback, which is stable if the weight is below 1."""
    system = SignedSystem.parse(
        "dz = x + theta*z - z",
        states={"z": 1},
        inputs={"x": 1},
        parameters={"theta": (1, 1)},
        non_negative=["x"],
    )
    circuit = Circuit(
        name="feedback",
        system=system,
        features=1,
        readout=Readout(),
        starts_at_input=False,
        rule="fixed-point",
        update="direct",
        horizon=HOLD,
        learning_rate=1e-6,
    )
    part = Samples(np.array([[1.0], [0.5]]), np.array([[1.0], [0.5]]))
    task = make_task("linear-regression")
    names: dict[str, Any] = {"feature_names": ("x",), "bounds": np.array([[0.0, 1.0]])}
    single: Task = dataclasses.replace(task, train=part, validation=part, test=None, **names)
    return Trainer(circuit.compile(), single, seed=0)


@pytest.mark.parametrize(
    ("weight", "eigenvalue", "sample"),
    [
        (1.1, r"has the eigenvalue 0\.", r"epoch 1, step 2 \(training sample [12]\)"),
        (40.0, "has the eigenvalue 39", r"epoch 1, step 1 \(training sample [12]\): learn stopped"),
    ],
)
def test_an_unstable_fixed_point_stops_the_training(weight: float, eigenvalue: str, sample: str) -> None:
    trainer = feedback_trainer()
    state = trainer.fresh_state({"theta": Distribution("constant", weight)})
    with pytest.raises(DivergenceError, match=f"{sample}.*{eigenvalue}"):
        trainer.epoch(state)


def test_a_stable_fixed_point_does_not() -> None:
    trainer = feedback_trainer()
    trainer.epoch(trainer.fresh_state({"theta": Distribution("constant", 0.9)}))


def test_xor_is_learned_by_the_chemistry() -> None:
    spec = recorded_spec("logic", "fixed-point-network", "fixed-point")
    progress = begin_training(spec, spec.make_task())
    for reached in continue_training(progress, retry=False):
        progress = reached
    last = progress.metrics[-1]
    assert last.accuracy == 1.0
    assert last.validation_loss < 0.01


def test_the_jacobian_of_the_circuit_is_not_that_of_disturbed_reactions() -> None:
    """A rectifier whose 2 Z -> Z is three times faster is stable, but s - 2 z is positive at its rest."""
    circuit = network(hidden=1, inputs=1, learning_rate=1e-6)
    program = circuit.compile()

    def faster(phase: Phase) -> Phase:
        reactions = [
            reaction.k(reaction.rate * 3.0) if str(reaction.reactants) == "2 z1" else reaction
            for reaction in phase.network.reactions
        ]
        return dataclasses.replace(phase, network=Network.of(reactions))

    disturbed = dataclasses.replace(program, phases=tuple(map(faster, program.phases)))
    part = Samples(np.array([[1.0]]), np.array([[1.0]]))
    task = dataclasses.replace(feedback_trainer().task, train=part, validation=part)
    trainer = Trainer(disturbed, task, seed=0)
    laws = {"theta": Distribution("constant", 3.0), "w": Distribution("constant", 0.0)}
    state, _ = trainer.epoch(trainer.fresh_state(laws | {"beta": laws["w"], "b": laws["w"]}))
    states = trainer.executable.signed(state.pot, circuit.system.states)
    rule = RULES.find("fixed-point")
    assert rule.instability(Oracle.of(circuit), states, trainer.parameters(state), part.features[0])


def test_switches_are_no_operations_on_signed_numbers() -> None:
    circuit = make_circuit("perceptron", hidden=2)
    schedule = RULES.find("backpropagation").schedule(circuit)
    (point,) = draw_samples(circuit, 1, np.random.default_rng(0))
    with pytest.raises(CompileError, match="stage 'switch' is not an operation on signed numbers"):
        solve_schedule(schedule, Oracle.of(circuit), point.parameters, point.features, point.targets)
