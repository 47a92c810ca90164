"""Networks of sigmoids and hyperbolic tangents: the functions that their reactions compute, and the gradients
of modules at equilibrium and of weight perturbation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Dose, Oracle, Run
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.learning import begin_training, plan
from neuralcrn.verify import Sample, certify, measure
from neuralcrn.verify.measurement import accurate

Vector = NDArray[np.float64]
FUNCTIONS = {"sigmoid": lambda n: 1.0 / (1.0 + np.exp(-n)), "tanh": np.tanh}


def network(circuit: Circuit, parameters: Vector, x: Vector) -> Vector:
    """Return the outputs of a network in real arithmetic."""
    values = dict(zip(map(str, circuit.trained_parameters), parameters, strict=True))
    names = dict.fromkeys(p.name for p in circuit.inner_parameters)
    states = x
    for name in [*names, "w", "b"]:
        if name.startswith(("theta", "w")):
            rows = [v for key, v in values.items() if key.startswith(f"{name}[")]
            sums = np.array(rows).reshape(-1, len(states)) @ states
            continue
        sums = sums + [v for key, v in values.items() if key.startswith(f"{name}[")]
        activation = circuit.readout.output_activation if name == "b" else circuit.state_activation
        states = sums if activation == "identity" else FUNCTIONS[activation](sums)
    return states


def drawn(circuit: Circuit, seed: int = 0, scale: float = 2.0) -> Sample:
    rng = np.random.default_rng(seed)
    size = (len(circuit.trained_parameters), circuit.features, circuit.outputs)
    parameters, x, y = (rng.normal(0.0, s, n) for s, n in zip((scale, 1.0, 1.0), size, strict=True))
    return Sample(parameters, x, y)


def half_squares(circuit: Circuit, sample: Sample, parameters: Vector) -> float:
    return 0.5 * float(np.sum((network(circuit, parameters, sample.features) - sample.targets) ** 2))


@pytest.mark.parametrize("hidden", [1, [2, 3]])
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_reactions_compute_the_network(name: str, hidden: Any) -> None:
    options = {"rule": "modules", "outputs": 2, "non_negative": False, "annihilation": 1e4}
    circuit = make_circuit(name, 3, hidden=hidden, rule_constants={"phase": 25.0}, **options)
    sample = drawn(circuit)
    measured = measure(accurate(circuit.compile()), sample)
    wanted = network(circuit, sample.parameters, sample.features)
    np.testing.assert_allclose(measured.outputs, wanted, atol=1e-7)
    gradient = [
        (
            half_squares(circuit, sample, sample.parameters + d)
            - half_squares(circuit, sample, sample.parameters - d)
        )
        / 2e-5
        for d in 1e-5 * np.eye(len(sample.parameters))
    ]
    np.testing.assert_allclose(measured.gradient, gradient, atol=1e-6)


def test_a_short_phase_ends_before_the_equilibrium() -> None:
    """From 0, dh = 1 - h - u h is (1 - exp(-(1 + u) L)) / (1 + u)."""
    circuit = make_circuit("sigmoid", 1, hidden=1, rule_constants={"phase": 1.5})
    theta, beta, w, b, x = 0.7, -0.2, 1.3, 0.4, 0.6

    def relaxed(n: float) -> float:
        u = math.exp(-n)
        return (1.0 - math.exp(-(1.0 + u) * 1.5)) / (1.0 + u)

    sample = Sample(np.array([theta, beta, w, b]), np.array([x]), np.zeros(1))
    outputs = measure(accurate(circuit.compile()), sample).outputs
    assert outputs[0] == pytest.approx(relaxed(w * relaxed(theta * x + beta) + b), abs=1e-9)


def test_sizes_of_the_published_network() -> None:
    """The 68 species of learners of this kind; without annihilation of sums and adjoints 8 reactions less
    than 126 with an accumulating update, and 18 less with a complete transfer.
    """
    accumulating = make_circuit("sigmoid", hidden=2, update="accumulate", learning_rate=0.1).compile()
    transferring = make_circuit("sigmoid", hidden=2).compile()
    assert (len(accumulating.species), accumulating.reaction_count) == (68, 126 - 8)
    assert (len(transferring.species), transferring.reaction_count) == (68, 126 - 8 - 18)
    assert transferring.max_order == 2


@pytest.mark.parametrize("rule", ["modules", "weight-perturbation"])
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_certificates_of_batches_and_signed_inputs_pass(name: str, rule: str) -> None:
    options: dict[str, Any] = {"hidden": 2, "outputs": 2, "non_negative": False, "batch": 3}
    certificate = certify(make_circuit(name, rule=rule, **options), samples=2)
    assert certificate.passed, str(certificate)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_modules_are_one_pot_whose_gates_are_switched(name: str) -> None:
    circuit = make_circuit(name, hidden=[1, 2], rule="modules")
    certificate = certify(circuit, level="gated", samples=1)
    assert certificate.passed, str(certificate)


@pytest.mark.parametrize(
    ("name", "clock", "turns"), [("sigmoid", "restored-9", 7), ("tanh", "restored-7", 4)]
)
def test_an_oscillator_runs_the_modules(name: str, clock: str, turns: int) -> None:
    circuit = make_circuit(name, hidden=1, rule="modules")
    certificate = certify(circuit, level="autonomous", samples=1)
    assert certificate.passed, str(certificate)
    assert certificate.clock == clock
    program = circuit.compile("autonomous")
    assert len(program.gates) == turns + 1
    read = next(step.until for step in program.prediction if isinstance(step, Run))
    assert read is not None
    assert read.species == program.gates["update"]


def test_clocks_with_too_few_turns_are_refused() -> None:
    with pytest.raises(CompileError, match=r"needs 9 turns .* no clock has so many"):
        make_circuit("sigmoid", hidden=[1, 2]).compile("autonomous")
    direct = make_circuit("tanh", rule="modules", update="direct")
    with pytest.raises(CompileError, match=r"needs 4 turns .* choose restored-7"):
        direct.compile("autonomous", "restored-5")
    assert direct.compile("autonomous").clock == "restored-7"


def test_the_gradient_approaches_that_of_the_loss_as_phases_get_longer() -> None:
    (check,) = (c for c in certify(make_circuit("sigmoid", hidden=2), samples=2).checks if "phase" in c.name)
    assert check.passed
    assert check.measured == pytest.approx(-1.2, abs=0.3)
    assert not any(
        "phase" in c.name for c in certify(make_circuit("tanh", hidden=2, rule="modules"), samples=1).checks
    )


@pytest.mark.parametrize("update", ["transfer", "accumulate"])
def test_errors_below_the_threshold_leave_the_parameters_as_they_are(update: str) -> None:
    constants = {"threshold": 0.2}
    circuit = make_circuit("sigmoid", hidden=2, update=update, learning_rate=0.5, rule_constants=constants)
    executable = accurate(circuit.compile())
    parameters = drawn(circuit).parameters
    (output,) = network(circuit, parameters, np.array([0.3, 0.8]))
    for error, learns in ((0.1, False), (-0.1, False), (0.3, True), (-0.3, True)):
        sample = Sample(parameters, np.array([0.3, 0.8]), np.array([output - error]))
        measured = measure(executable, sample)
        wanted = -circuit.learning_rate * measured.gradient * learns
        np.testing.assert_allclose(measured.change, wanted, atol=1e-4 * np.abs(measured.gradient).max())


def test_one_error_above_the_threshold_updates_by_the_whole_batch() -> None:
    """The flag of the first sample outlasts it, and is cleared with the gradients after the update."""
    circuit = make_circuit("sigmoid", hidden=2, batch=2, rule_constants={"threshold": 0.2})
    executable, parameters, x = accurate(circuit.compile()), drawn(circuit).parameters, np.array([0.3, 0.8])
    (output,) = network(circuit, parameters, x)
    start = executable.new_pot(dict(zip(circuit.trained_parameters, parameters.tolist(), strict=True)))
    learned = []
    for errors in ((0.4, 0.1), (0.1, 0.4), (0.1, 0.1)):
        pot, read = start.copy(), np.zeros(1)
        for number, error in enumerate(errors):
            executable.execute(executable.program.protocol(number), pot, x, np.array([output - error]), read)
        learned.append(executable.signed(pot, circuit.trained_parameters) - parameters)
        assert not pot[executable.positions["flag"]] > 1e-12
    np.testing.assert_allclose(learned[0], learned[1], atol=1e-9)
    assert np.abs(learned[0]).max() > 1e-2
    np.testing.assert_allclose(learned[2], 0.0, atol=1e-9)


def test_weight_perturbation_is_a_forward_difference() -> None:
    options: dict[str, Any] = {"hidden": 2, "non_negative": False, "annihilation": 1e5}
    circuit = make_circuit("tanh", rule_constants={"delta": 0.1}, **options)
    sample = drawn(circuit, scale=1.0)
    base = half_squares(circuit, sample, sample.parameters)
    wanted = [
        (half_squares(circuit, sample, sample.parameters + d) - base) / 0.1
        for d in 0.1 * np.eye(len(sample.parameters))
    ]
    np.testing.assert_allclose(measure(accurate(circuit.compile()), sample).gradient, wanted, atol=1e-6)
    exact = Oracle.of(circuit).solve(sample.parameters, sample.features, sample.targets)
    np.testing.assert_allclose(exact.gradient, wanted, atol=1e-9)


def test_the_forward_path_runs_once_more_than_there_are_parameters() -> None:
    program = make_circuit("tanh", hidden=2).compile()
    parameters = program.circuit.trained_parameters
    runs = [step.phase for step in program.training if isinstance(step, Run)]
    assert runs.count("feedforward") == runs.count("readout") == len(parameters) + 1
    assert sum(isinstance(step, Withdraw) for step in program.training) == len(parameters)
    perturbed = [s for s in program.training if isinstance(s, Dose) and s.variable in parameters]
    assert [(s.variable, s.factor) for s in perturbed] == [(p, d) for p in parameters for d in (0.05, -0.05)]
    assert not any("adjoint" in name or "backpropagate" in name for name in runs)


@pytest.mark.parametrize(
    "name", ["linear", "minimal", "quadratic", "mixing", "perceptron", "random-features"]
)
def test_weight_perturbation_learns_with_any_forward_path(name: str) -> None:
    options: dict[str, Any] = {"hidden": 2} if name in ("mixing", "perceptron", "random-features") else {}
    certificate = certify(
        make_circuit(name, rule="weight-perturbation", update="accumulate", **options), samples=2
    )
    assert certificate.passed, str(certificate)
    assert certificate.check("delta limit").measured == pytest.approx(-1.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        (
            "perceptron",
            {"rule": "modules"},
            "rule modules is for smooth activations: choose a circuit such as",
        ),
        ("sigmoid", {"rule": "backpropagation"}, "choose rule modules"),
        ("sigmoid", {"rule": "exact"}, "is for neural ODEs"),
        (
            "sigmoid",
            {"update": "direct", "rule_constants": {"threshold": 0.1}},
            r"a judgment \(threshold\) dec",
        ),
        ("sigmoid", {"momentum": 0.5, "rule_constants": {"threshold": 0.1}}, "without momentum and chopper"),
        ("tanh", {"update": "direct"}, "compares losses of several forward paths"),
        ("tanh", {"optimiser": "chop"}, "optimiser = plain"),
    ],
)
def test_what_cannot_be_learned_is_refused(name: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CompileError, match=reason):
        make_circuit(name, **options).compile()


def test_wrong_activations_and_constants_are_refused_by_name() -> None:
    with pytest.raises(InvalidValueError, match="unknown activation 'relu'"):
        make_circuit("sigmoid", activation="relu")
    with pytest.raises(InvalidValueError, match="did you mean 'tanh'"):
        make_circuit("tanh").with_(state_activation="tan")
    with pytest.raises(InvalidValueError, match="did you mean 'phase'"):
        make_circuit("sigmoid", rule_constants={"phases": 3.0}).compile()
    with pytest.raises(CompileError, match="variables are removed during a sample"):
        make_circuit("tanh").compile("gated")


def test_the_recorded_training_learns_or() -> None:
    spec = plan("logic", "sigmoid", hidden=2, epochs=300)
    assert spec.source == "arXiv 2311.18313"
    task = spec.make_task()
    begun = begin_training(spec, task)
    trainer, state = begun.trainer, begun.state
    before = trainer.predict(state, task.train.features)
    for _ in range(3):
        state, _ = trainer.epoch(state, test=False)
    after = trainer.predict(state, task.train.features)
    assert np.abs(after - before).max() > 0.0
