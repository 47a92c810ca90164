"""Every circuit of the registry, in every learning rule, against exact mathematics."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.cases import FAMILY_RULES, small_size

from neuralcrn.algebra import SignedSystem, Variable
from neuralcrn.circuits import FAMILIES, Circuit, make_circuit
from neuralcrn.compiler import Oracle, Solution
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.verify import Check, certify, draw_samples, staged_checks
from neuralcrn.verify.counts import STRUCTURES

jax = pytest.importorskip("jax")
jnp = jax.numpy
enable_x64 = (jax if hasattr(jax, "enable_x64") else importlib.import_module("jax.experimental")).enable_x64


def circuit_of(name: str, mode: str, **options: Any) -> Circuit:
    """A circuit of the registry; an exact gradient needs equal horizons."""
    if mode == "exact":
        options["feedback_horizon"] = FAMILIES[name].defaults.horizon
    return make_circuit(name, rule=mode, **options)


@pytest.mark.parametrize(("name", "mode"), FAMILY_RULES)
def test_certificate_passes(name: str, mode: str) -> None:
    result = certify(circuit_of(name, mode, **small_size(name)), samples=2, rng=1)
    assert result.passed, str(result)
    structure = STRUCTURES.get(name)
    trimolecular = 3 if name == "tanh" else 2
    assert result.check("order").measured == (structure.order if structure else trimolecular)
    assert json.loads(json.dumps(result.to_json()))["passed"] is True


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("linear", {"non_negative": False, "supply": -0.1}),
        ("quadratic", {"non_negative": False, "supply": -0.1, "hidden": 4, "trained_readout": True}),
        ("quadratic-dense", {"supply": 0.2, "outputs": 2}),
        ("smooth-relu", {"inputs": 1, "outputs": 3, "non_negative": False}),
        ("mixing", {"inputs": 1, "hidden": 2, "outputs": 2, "learning_rate": 1.0}),
    ],
)
def test_certificate_passes_for_other_shapes(name: str, options: dict[str, Any]) -> None:
    result = certify(circuit_of(name, "exact", **options), samples=2)
    assert result.passed, str(result)


# f by hand, so that parsing and broadcasting of the registry's equations are checked as well
FLOWS: dict[str, Callable[..., Any]] = {
    "linear": lambda z, x, p: p["theta"] * x + 0.1,
    "minimal": lambda z, x, p: p["theta"] * x,
    "quadratic": lambda z, x, p: p["theta"] * x - 0.5 * z * jnp.abs(z),
    "quadratic-dense": lambda z, x, p: p["theta"] @ x - 0.5 * z * jnp.abs(z),
    "cubic": lambda z, x, p: p["theta"] @ x - z**3 / 6,
    "cubic-quadratic": lambda z, x, p: p["theta"] @ x - 0.15 * z * jnp.abs(z),
    "smooth-relu": lambda z, x, p: z * (p["theta"] @ x + p["beta"]) + 0.1 - 0.5 * z * jnp.abs(z),
    "mixing": lambda z, x, p: p["theta"] @ x + p["phi"] @ z + p["beta"] - z * jnp.abs(z),
}


def grouped(circuit: Circuit, values: np.ndarray) -> dict[str, Any]:
    """Parameters as arrays by name."""
    found: dict[str, list[tuple[Variable, float]]] = {}
    for parameter, value in zip(circuit.trained_parameters, values, strict=True):
        found.setdefault(parameter.name, []).append((parameter, value))
    shapes = {name: tuple(np.max([v.index for v, _ in rows], axis=0) + 1) for name, rows in found.items()}
    return {name: jnp.array([v for _, v in rows]).reshape(shapes[name]) for name, rows in found.items()}


def loss_of(circuit: Circuit, features: np.ndarray, targets: np.ndarray) -> Callable[..., Any]:
    flow, steps = FLOWS[circuit.name], 2000
    count = len(circuit.system.states)
    padding = len(circuit.system.inputs) - len(features)
    x = jnp.array(np.append(features, np.full(padding, circuit.augmentation)))
    step = circuit.horizon / steps

    def loss(parameters: dict[str, Any]) -> Any:
        def advance(z: Any, _: Any) -> Any:
            k1 = flow(z, x, parameters)
            k2 = flow(z + step / 2 * k1, x, parameters)
            k3 = flow(z + step / 2 * k2, x, parameters)
            k4 = flow(z + step * k3, x, parameters)
            return z + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        start = x if circuit.starts_at_input else jnp.zeros(count)
        end, _ = jax.lax.scan(advance, start, None, length=steps)
        outputs = parameters["w"] @ end if "w" in parameters else end.sum(keepdims=True)
        if "b" in parameters:
            outputs = outputs + parameters["b"]
        return 0.5 * jnp.sum((outputs - targets) ** 2)

    return loss


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_exact_gradient_is_that_of_automatic_differentiation(name: str) -> None:
    assert set(FLOWS) == set(STRUCTURES)
    circuit = circuit_of(name, "exact", non_negative=False)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(3))
    solution = Oracle.of(circuit).solve(sample.parameters, sample.features, sample.targets)
    with enable_x64(True):
        parameters = grouped(circuit, sample.parameters)
        value, gradient = jax.value_and_grad(loss_of(circuit, sample.features, sample.targets))(parameters)
        flat = np.concatenate([np.asarray(gradient[key]).ravel() for key in parameters])
    assert 0.5 * np.sum(solution.error**2) == pytest.approx(float(value), rel=1e-8)
    np.testing.assert_allclose(solution.gradient, flat, rtol=0, atol=1e-7 * np.abs(flat).max())


def solve(mode: str, **changes: Any) -> tuple[Circuit, Solution]:
    circuit = circuit_of("mixing", mode, hidden=2).with_(**changes)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(5))
    return circuit, Oracle.of(circuit).solve(sample.parameters, sample.features, sample.targets)


def test_modes_agree_to_first_order_in_the_horizon() -> None:
    # z(0) = 0: over a short time nothing moves, so frozen, exact and first-order gradients meet
    gradients = [
        solve(mode, horizon=1e-4, feedback_horizon=1e-4)[1].gradient
        for mode in ("exact", "frozen", "first-order")
    ]
    for other in gradients[1:]:
        np.testing.assert_allclose(other, gradients[0], rtol=0, atol=1e-3 * np.abs(gradients[0]).max())


def test_modes_differ_where_states_move() -> None:
    gradients = [solve(mode)[1].gradient for mode in ("exact", "frozen", "first-order", "linear-reversal")]
    for i, one in enumerate(gradients):
        for other in gradients[i + 1 :]:
            assert np.abs(one - other).max() > 1e-3 * np.abs(one).max()


def test_readout_gradients_are_error_times_state() -> None:
    circuit, solution = solve("frozen")
    inner = len(circuit.inner_parameters)
    np.testing.assert_allclose(solution.gradient[inner : inner + 2], solution.error[0] * solution.states)
    assert solution.gradient[-1] == solution.error[0]


def test_frozen_gradient_has_its_closed_form() -> None:
    # dz = theta x - z|z| / 2: da/ds = -|z| a, so g = x a (1 - exp(-|z| T)) / |z|
    circuit = circuit_of("quadratic", "frozen", inputs=1, hidden=1, horizon=0.7)
    solution = Oracle.of(circuit).solve([0.8], [1.5], [0.2])
    (z,), (a,) = np.abs(solution.states), solution.adjoint
    assert solution.gradient[0] == pytest.approx(1.5 * a * -np.expm1(-z * 0.7) / z, rel=1e-10)


def test_oracle_refuses_wrong_lengths_and_infinite_numbers() -> None:
    oracle = Oracle.of(make_circuit("linear"))
    with pytest.raises(InvalidValueError, match="features"):
        oracle.solve([0.1, 0.2], [1.0], [0.0])
    with pytest.raises(InvalidValueError, match="parameters"):
        oracle.solve([0.1, np.inf], [1.0, 1.0], [0.0])


def test_oracle_reports_states_without_bound() -> None:
    system = SignedSystem.parse(
        "dz = theta*x + z*z", states={"z": 1}, inputs={"x": 1}, parameters={"theta": 1}
    )
    circuit = Circuit(name="explosion", system=system, features=1, horizon=5.0)
    with pytest.raises(SimulationError, match="lower the horizon"):
        Oracle.of(circuit).solve([1.0], [1.0], [0.0])


class TestCertificatesCanFail:
    def test_where_horizons_differ_the_gradient_is_not_exact(self) -> None:
        result = certify(make_circuit("quadratic", feedback_horizon=0.4), samples=1)
        assert not result.check("gradient").passed
        assert result.check("forward").passed
        assert "equal horizons" in result.check("gradient").note
        assert "FAILED" in str(result)

    def test_where_the_mathematics_is_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = Oracle.of

        def with_another_leak(circuit: Circuit) -> Oracle:
            text = str(circuit.system).replace("0.5*z", "0.55*z")
            system = SignedSystem.parse(
                "\n".join(text.splitlines()),
                states={"z": 2},
                inputs={"x": 2},
                parameters={"theta": 2},
                non_negative=["x"],
            )
            return original(circuit.with_(system=system))

        monkeypatch.setattr(staged_checks.Oracle, "of", with_another_leak)
        result = certify(make_circuit("quadratic", inputs=1), samples=2)
        assert not result.check("forward").passed
        assert not result.check("forward slope").passed
        assert not result.check("gradient").passed

    def test_where_the_counts_are_not_those_of_the_family(self) -> None:
        impostor = make_circuit("quadratic").with_(name="linear")
        result = certify(impostor, samples=1)
        assert not result.check("counts").passed
        assert "feedforward" in result.check("counts").note

    def test_where_an_order_is_too_high(self) -> None:
        result = certify(make_circuit("cubic", inputs=1).with_(name="mine"), samples=1)
        assert not result.check("order").passed
        assert result.check("counts").measured is None

    def test_without_test_points_it_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="samples"):
            certify(make_circuit("linear"), samples=0)


def test_same_seed_gives_the_same_certificate() -> None:
    circuit = make_circuit("quadratic", inputs=1, rule="first-order")
    assert certify(circuit, samples=1, rng=7) == certify(circuit, samples=1, rng=7)
    other = certify(circuit, samples=1, rng=np.random.default_rng(8))
    assert other.seed is None
    assert other != certify(circuit, samples=1, rng=7)


def test_without_roadrunner_the_comparison_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_checks.roadrunner, "is_available", lambda: False)
    check = certify(make_circuit("linear"), samples=1).check("libRoadRunner")
    assert (check.measured, check.passed) == (None, True)
    assert "skipped" in check.note


def test_checks_are_values() -> None:
    check = Check("x", 1.0, 2.0, True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        check.passed = False  # type: ignore[misc]
