"""Layered circuits against exact mathematics: certificates, and automatic differentiation of the layers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import Oracle
from neuralcrn.verify import Sample, certify, draw_samples, measure
from neuralcrn.verify.measurement import accurate

jax = pytest.importorskip("jax")
jnp = jax.numpy
enable_x64 = (jax if hasattr(jax, "enable_x64") else importlib.import_module("jax.experimental")).enable_x64

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "relu": lambda u: jnp.maximum(u, 0.0),
    "leaky-relu": lambda u: jnp.where(u > 0.0, u, 0.1 * u),
    "squared-relu": lambda u: jnp.maximum(u, 0.0) ** 2,
}
DEPTHS = ([3], [2, 2], [2, 1, 2])
OPTIMISERS: tuple[dict[str, Any], ...] = ({}, {"optimiser": "chop"})


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_staged_certificate_passes(activation: str, hidden: list[int], optimiser: dict[str, Any]) -> None:
    circuit = make_circuit("perceptron", hidden=hidden, activation=activation, outputs=2, **optimiser)
    result = certify(circuit, samples=2)
    assert result.passed, str(result)
    assert result.check("order").measured == 2.0
    assert any(check.name == "exchange" for check in result.checks) == bool(optimiser)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gated_certificate_passes(activation: str, hidden: list[int], optimiser: dict[str, Any]) -> None:
    circuit = make_circuit("perceptron", hidden=hidden, activation=activation, **optimiser)
    result = certify(circuit, level="gated", samples=1)
    assert result.passed, str(result)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_autonomous_certificate_passes(optimiser: dict[str, Any]) -> None:
    circuit = make_circuit("perceptron", hidden=2, **optimiser)
    result = certify(circuit, level="autonomous", samples=1)
    assert result.passed, str(result)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("level", ["staged", "gated"])
def test_certificate_of_random_features_passes(level: str, optimiser: dict[str, Any]) -> None:
    circuit = make_circuit("random-features", hidden=4, **optimiser)
    result = certify(circuit, level=level, samples=1)
    assert result.passed, str(result)


@pytest.mark.parametrize(
    "options",
    [
        {"batch": 2, "decay": 0.01},
        {"momentum": 0.5},
        {"momentum": 0.3, "decay": 0.01, "optimiser": "chop"},
        {"batch": 4, "optimiser": "chop"},
        {"update": "accumulate", "learning_rate": 0.3},
        {"update": "direct"},
    ],
)
def test_staged_certificate_of_each_optimiser_passes(options: dict[str, Any]) -> None:
    result = certify(make_circuit("perceptron", hidden=2, non_negative=False, **options), samples=2)
    assert result.passed, str(result)


def gradient_by_differentiation(circuit: Circuit, activation: str, sample: Sample) -> np.ndarray:
    """Return the gradient of the squared loss of the layers, written as matrices."""
    names = [p.name for p in circuit.trained_parameters]

    def loss(values: Any) -> Any:
        arrays = {name: values[np.flatnonzero([n == name for n in names])] for name in dict.fromkeys(names)}
        h = jnp.array(sample.features)
        for weights in (name for name in arrays if name.startswith("theta")):
            biases = arrays[weights.replace("theta", "beta")]
            h = ACTIVATIONS[activation](arrays[weights].reshape(len(biases), -1) @ h + biases)
        outputs = arrays["w"].reshape(circuit.outputs, -1) @ h + arrays["b"]
        return 0.5 * jnp.sum((outputs - sample.targets) ** 2)

    with enable_x64(True):
        return np.asarray(jax.grad(loss)(jnp.array(sample.parameters)))


@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_that_of_automatic_differentiation(activation: str, hidden: list[int]) -> None:
    """The exact solution to rounding; the reactions up to the residue of annihilation."""
    circuit = make_circuit(
        "perceptron", 3, hidden=hidden, activation=activation, outputs=2, non_negative=False, annihilation=1e5
    )
    oracle, executable = Oracle.of(circuit), accurate(circuit.compile())
    for sample in draw_samples(circuit, 3, np.random.default_rng(4)):
        wanted = gradient_by_differentiation(circuit, activation, sample)
        exact = oracle.solve(sample.parameters, sample.features, sample.targets).gradient
        np.testing.assert_allclose(exact, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())
        produced = measure(executable, sample).gradient
        np.testing.assert_allclose(produced, wanted, rtol=0, atol=1e-3 * np.abs(wanted).max())


def test_units_that_are_off_have_no_gradient() -> None:
    circuit = make_circuit("perceptron", 1, hidden=2, annihilation=1e5)
    # parameters: theta (2), beta (2), w (2), b; the second unit is off
    sample = Sample(np.array([1.0, 1.0, 0.5, -2.0, 1.0, 1.0, 0.0]), np.array([0.8]), np.array([0.3]))
    gradient = measure(accurate(circuit.compile()), sample).gradient
    np.testing.assert_allclose(gradient, [0.8, 0.0, 1.0, 0.0, 1.3, 0.0, 1.0], rtol=2e-3, atol=2e-4)
