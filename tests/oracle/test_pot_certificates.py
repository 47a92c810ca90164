"""One cycle of every kind of pot against exact mathematics, the staged program and another simulator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Dose, Oracle, Run, gradient_of
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.engines import Executable, Outcome, simulate
from neuralcrn.errors import InvalidValueError
from neuralcrn.verify import certify, draw_samples, measure, pot_checks
from neuralcrn.verify.measurement import Sample, accurate
from neuralcrn.verify.pot_checks import BASE, measure_pot
from neuralcrn.verify.roadrunner import final_concentrations, is_available

Vector = NDArray[np.float64]
LEVELS = ("staged", "gated", "autonomous")

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "linear": ("linear", "exact", {}),
    "linear, signed": ("linear", "exact", {"non_negative": False, "positive_targets": False}),
    "minimal": ("minimal", "exact", {}),
    "quadratic": ("quadratic", "exact", {}),
    "quadratic, frozen": ("quadratic", "frozen", {}),
    "quadratic, first-order": ("quadratic", "first-order", {}),
    "quadratic, direct": ("quadratic", "exact", {"update": "direct"}),
    "quadratic, momentum": ("quadratic", "exact", {"momentum": 0.5}),
    "cubic": ("cubic", "exact", {"inputs": 1}),
    "cubic-quadratic": ("cubic-quadratic", "linear-reversal", {"inputs": 1}),
    "smooth-relu": ("smooth-relu", "exact", {"inputs": 1}),
    "mixing": ("mixing", "exact", {"hidden": 2}),
    "linear, two outputs": ("linear", "exact", {"inputs": 1, "outputs": 2}),
}
TRAINED_READOUTS = {"mixing", "linear, two outputs"}


def circuit_of(case: str) -> Circuit:
    name, mode, options = CASES[case]
    return make_circuit(name, rule=mode, **options)


@pytest.mark.parametrize("case", CASES)
def test_certificate_of_an_autonomous_pot_passes(case: str) -> None:
    result = certify(circuit_of(case), level="autonomous", samples=2 if case == "linear" else 1)
    assert result.passed, str(result)
    assert result.check("order").measured == 2.0
    assert json.loads(json.dumps(result.to_json()))["passed"] is True


@pytest.mark.parametrize("case", [case for case in CASES if case not in TRAINED_READOUTS])
def test_certificate_of_a_gated_pot_passes(case: str) -> None:
    result = certify(circuit_of(case), level="gated", samples=1)
    assert result.passed, str(result)
    assert result.check("order").measured == 2.0


@pytest.mark.parametrize("case", sorted(TRAINED_READOUTS))
def test_certificate_of_a_gated_pot_with_trained_readout_passes(case: str) -> None:
    result = certify(circuit_of(case), level="gated", samples=1)
    assert result.passed, str(result)


def test_certificate_with_more_species_in_the_clock_passes() -> None:
    result = certify(make_circuit("linear", inputs=1), level="autonomous", clock="restored-7", samples=1)
    assert result.clock == "restored-7"
    assert result.passed, str(result)


@pytest.mark.parametrize("clock", ["ring-3", "red-green-blue"])
def test_phases_that_overlap_spoil_the_gradient_and_nothing_else_mends_it(clock: str) -> None:
    result = certify(make_circuit("linear", inputs=1), level="autonomous", clock=clock, samples=1)
    assert result.check("order").passed
    assert not result.check("gradient").passed
    assert not result.check("annihilation slope").passed


def test_what_takes_no_species_is_not_said_to_be_right() -> None:
    """The minimal circuit has neither states nor adjoints, and no gradient apart from the change it makes."""
    pot = certify(make_circuit("minimal", inputs=1), level="gated", samples=1)
    for name in ("states", "adjoint"):
        assert pot.check(name).measured is None
        assert pot.check(name).bound is None
    assert pot.check("error").measured is not None
    update = certify(make_circuit("minimal", inputs=1), samples=1).check("update")
    assert (update.measured, update.bound) == (None, None)


class TestCertificatesCanFail:
    def test_where_the_horizons_differ(self) -> None:
        result = certify(make_circuit("quadratic", feedback_horizon=0.3), level="autonomous", samples=1)
        assert not result.check("gradient").passed
        assert result.check("states").passed
        assert result.check("error").passed
        assert "FAILED" in str(result)

    def test_where_the_mathematics_is_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = Oracle.of
        monkeypatch.setattr(
            pot_checks.Oracle,
            "of",
            lambda circuit: original(circuit.with_(horizon=circuit.horizon * 1.02)),
        )
        result = certify(make_circuit("quadratic", inputs=1), level="autonomous", samples=1)
        assert not result.check("states").passed
        assert not result.check("error").passed
        assert not result.passed

    @pytest.mark.parametrize(
        ("options", "level"),
        [({"batch": 2}, "gated"), ({"decay": 0.1, "update": "direct"}, "autonomous")],
    )
    def test_what_one_cycle_cannot_show_is_refused(self, options: dict[str, Any], level: str) -> None:
        with pytest.raises(InvalidValueError, match="updates after every sample"):
            certify(make_circuit("linear", **options), level=level)

    def test_no_samples_are_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="at least one test point"):
            certify(make_circuit("linear"), level="autonomous", samples=0)


@pytest.mark.parametrize("case", ["linear", "minimal", "quadratic", "quadratic, first-order", "mixing"])
def test_a_pot_changes_its_parameters_as_the_staged_program_does(case: str) -> None:
    circuit = circuit_of(case)
    (point,) = draw_samples(circuit, 1, np.random.default_rng(7))
    exact = Oracle.of(circuit).solve(point.parameters, point.features, point.targets).gradient
    staged = measure(accurate(circuit.compile()), point).gradient
    built = measure_pot(accurate(circuit.compile("autonomous")), point).gradient
    close = measure_pot(accurate(circuit.with_(**BASE).compile("autonomous")), point).gradient
    size = float(np.linalg.norm(exact))
    certificate = certify(circuit, level="autonomous", samples=1, rng=7)
    error = certificate.convergence[0].of["gradient"] + float(np.linalg.norm(staged - exact)) / size
    assert error < 0.05
    assert np.linalg.norm(built - staged) <= 1.01 * error * size + 1e-9
    fast = measure(accurate(circuit.with_(annihilation=BASE["annihilation"]).compile()), point).gradient
    np.testing.assert_allclose(close, fast, rtol=0, atol=2e-3 * size)


def ready(circuit: Circuit, level: str, parameters: Sequence[float] | Vector) -> tuple[Executable, Vector]:
    """A pot with constants so large that only the clock's own errors are left, and its parameters dosed."""
    executable = accurate(circuit.with_(**BASE).compile(level))
    return executable, dosed(executable, parameters)


def dosed(executable: Executable, parameters: Sequence[float] | Vector) -> Vector:
    """A new pot with trained parameters and the fixed ones."""
    circuit = executable.program.circuit
    values = dict(zip(circuit.trained_parameters, map(float, parameters), strict=True))
    return executable.new_pot({**values, **{p: circuit.fixed[p.name] for p in circuit.fixed_parameters}})


def learn(executable: Executable, state: Vector, sample: Sample, *, ends: bool = True) -> Vector:
    """Play one sample on `state` in place; return the values of the trained parameters."""
    program = executable.program
    steps = program.training if ends else program.protocol(0)
    executable.execute(steps, state, sample.features, sample.targets, np.zeros(program.circuit.outputs))
    return parameters_in(executable, state)


def parameters_in(executable: Executable, state: Vector) -> Vector:
    return executable.signed(state, executable.program.circuit.trained_parameters)


def gradients_in(executable: Executable, state: Vector) -> Vector:
    parameters = executable.program.circuit.trained_parameters
    return executable.signed(state, [gradient_of(p) for p in parameters])


def exact_gradient(circuit: Circuit, parameters: Vector, sample: Sample) -> Vector:
    return Oracle.of(circuit).solve(parameters, sample.features, sample.targets).gradient


START = (0.4, -0.3)
FIRST = Sample(np.array(START), np.array([0.9, 0.5]), np.array([0.1]))
SECOND = Sample(np.array(START), np.array([0.3, 0.8]), np.array([1.4]))
THIRD = Sample(np.array(START), np.array([0.6, 0.1]), np.array([0.2]))
CLOSE = {"rtol": 0.0, "atol": 1e-3}
"""Of gradients of size 1: what hold, shadows and the clock leave."""


@pytest.mark.parametrize("level", LEVELS)
class TestOptimisers:
    def test_momentum_leaves_its_fraction_and_passes_the_rest_on(self, level: str) -> None:
        mu, eta = 0.7, 0.2
        circuit = make_circuit("linear", learning_rate=eta, momentum=mu)
        executable, state = ready(circuit, level, START)
        g1 = exact_gradient(circuit, np.array(START), FIRST)
        assert np.abs(g1).min() > 0.1
        first = learn(executable, state, FIRST)
        np.testing.assert_allclose((first - START) / eta, -(1.0 - mu) * g1, **CLOSE)
        np.testing.assert_allclose(gradients_in(executable, state), mu * g1, **CLOSE)
        # the second gradient is that of the parameters that the first cycle has left
        velocity = mu * g1 + exact_gradient(circuit, first, SECOND)
        second = learn(executable, state, SECOND)
        np.testing.assert_allclose((second - first) / eta, -(1.0 - mu) * velocity, **CLOSE)
        np.testing.assert_allclose(gradients_in(executable, state), mu * velocity, **CLOSE)

    @pytest.mark.parametrize("update", ["accumulate", "direct"])
    def test_decay_takes_its_fraction_where_there_is_no_error(self, level: str, update: str) -> None:
        circuit = make_circuit("linear", learning_rate=0.2, decay=0.15, update=update, supply=0.0)
        start = np.array([0.8, 0.5])
        executable, state = ready(circuit, level, start)
        exact = Oracle.of(circuit).solve(start, FIRST.features, [0.0])
        right = Sample(start, FIRST.features, exact.outputs)
        np.testing.assert_allclose(learn(executable, state, right), 0.85 * start, rtol=1e-3)

    def test_an_update_without_decay_forgets_nothing(self, level: str) -> None:
        circuit = make_circuit("linear", learning_rate=0.2)
        executable, state = ready(circuit, level, START)
        change = learn(executable, state, FIRST) - START
        expected = -0.2 * exact_gradient(circuit, np.array(START), FIRST)
        np.testing.assert_allclose(change / 0.2, expected / 0.2, **CLOSE)
        np.testing.assert_allclose(gradients_in(executable, state), 0.0, atol=1e-4)

    def test_a_batch_corrects_once_by_its_mean(self, level: str) -> None:
        eta = 0.3
        circuit = make_circuit("linear", learning_rate=eta, batch=3)
        executable, state = ready(circuit, level, START)
        samples = (FIRST, SECOND, THIRD)
        gradients = [exact_gradient(circuit, np.array(START), sample) for sample in samples]
        for sample in samples[:2]:
            np.testing.assert_allclose(learn(executable, state, sample, ends=False), START, atol=1e-6)
        np.testing.assert_allclose(gradients_in(executable, state), np.sum(gradients[:2], axis=0), **CLOSE)
        last = learn(executable, state, THIRD)
        np.testing.assert_allclose((last - START) / eta, -np.mean(gradients, axis=0), **CLOSE)
        assert np.abs(np.mean(gradients, axis=0)).min() > 0.01
        # and the next batch begins from nothing
        np.testing.assert_allclose(gradients_in(executable, state), 0.0, atol=1e-4)


def test_the_token_of_a_batch_goes_on_by_one_place_in_every_cycle() -> None:
    executable, state = ready(make_circuit("linear", batch=3), "autonomous", START)
    tokens = [f"{half}{i}" for i in (1, 2, 3) for half in "SH"]
    places = [executable.positions[name] for name in tokens]
    assert dict(zip(tokens, state[places], strict=True))["S1"] == 1.0
    for cycle in range(1, 7):
        learn(executable, state, FIRST)
        found = dict(zip(tokens, state[places], strict=True))
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-9)
        assert found[f"S{cycle % 3 + 1}"] == pytest.approx(1.0, abs=1e-4), cycle


@pytest.mark.parametrize("level", ["gated", "autonomous"])
def test_a_second_cycle_finds_the_pot_as_clean_as_the_first(level: str) -> None:
    """What the first sample leaves behind must not show in what the second one does."""
    circuit = make_circuit("quadratic", learning_rate=0.3)
    parameters = np.array([0.5, 0.2, 0.7])
    samples = [
        Sample(parameters, np.array(x), np.array([y])) for x, y in (((0.9, 0.4), 0.1), ((0.2, 0.7), 2.0))
    ]
    executable, state = ready(circuit, level, parameters)
    first = learn(executable, state, samples[0])
    second = learn(executable, state, samples[1])
    expected = exact_gradient(circuit, first, samples[1])
    np.testing.assert_allclose((second - first) / -0.3, expected, atol=2e-3)


@pytest.mark.skipif(not is_available(), reason="libRoadRunner is not installed")
@pytest.mark.parametrize(
    ("name", "level"), [("quadratic", "gated"), ("linear", "autonomous"), ("minimal", "autonomous")]
)
def test_libroadrunner_goes_through_the_same_cycle(name: str, level: str) -> None:
    """Each simulator goes on from where it is itself; an event is that which ours has found."""
    circuit = make_circuit(name)
    program = circuit.compile(level)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(2))
    executable = accurate(program)
    ours = dosed(executable, sample.parameters)
    theirs, before = ours.copy(), parameters_in(executable, ours)
    network = Network.of(program.phases[0].network.reactions, species=list(executable.positions))
    atol = {name: min(1e-13, program.tolerances.get(name, 1.0)) for name in network.species}
    for step in program.training:
        if isinstance(step, Dose):
            for state in (ours, theirs):
                dose(executable, state, step, sample)
        elif isinstance(step, Withdraw):
            gate = executable.positions[program.rails.species(step.variables)[0]]
            ours[gate] = theirs[gate] = 0.0
        elif isinstance(step, Run):
            longest = program.phases[0].duration if step.duration is None else step.duration
            until = (step.until.species, step.until.threshold) if step.until else None
            run = simulate(started(network, ours), longest, until=until, rtol=1e-9, atol=atol)
            assert run.outcome == Outcome.SUCCESS
            ours = run.final
            theirs = final_concentrations(started(network, theirs), run.end)
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * theirs.max())
    change = parameters_in(executable, theirs) - before
    assert np.abs(change).max() > 1e-3
    np.testing.assert_allclose(
        parameters_in(executable, ours) - before, change, atol=1e-5 * np.abs(change).max()
    )


def started(network: Network, state: Vector) -> Network:
    return network.with_initial(dict(zip(network.species, state.clip(min=0.0).tolist(), strict=True)))


def dose(executable: Executable, state: Vector, step: Dose, sample: Sample) -> None:
    number = {"feature": sample.features, "target": sample.targets, "constant": [1.0]}[step.source][
        step.index
    ]
    amount = step.factor * float(number)
    species = next(s for s, sign in executable.program.rails.of(step.variable) if amount * sign >= 0.0)
    state[executable.positions[species]] += abs(amount)
