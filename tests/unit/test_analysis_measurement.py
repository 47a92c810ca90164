"""What is measured of the chemistry, and how certificates are printed."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.algebra import Polynomial, PolynomialMap, Variable
from neuralcrn.chemistry.network import Counts
from neuralcrn.circuits import make_circuit
from neuralcrn.errors import SimulationError
from neuralcrn.verify import Certificate, Check, Errors, draw_samples, measure
from neuralcrn.verify.certificate import fitted_slope
from neuralcrn.verify.measurement import accurate


def test_samples_follow_the_circuit() -> None:
    rng = np.random.default_rng(0)
    signed = draw_samples(make_circuit("mixing", non_negative=False, outputs=2), 50, rng)
    features = np.array([sample.features for sample in signed])
    assert features.min() < 0.0
    assert abs(features).max() <= 1.0
    positive = draw_samples(make_circuit("quadratic"), 50, rng)
    assert min(sample.features.min() for sample in positive) >= 0.0
    assert min(sample.parameters.min() for sample in positive[::2]) >= 0.0
    assert min(sample.parameters.min() for sample in positive[1::2]) < 0.0
    assert signed[0].targets.shape == (2,)


def test_measurement_reads_outputs_errors_gradients_and_changes() -> None:
    # by hand: z(T) = x + T (theta x + h), yhat = z, e = yhat - y, g = T e x
    circuit = make_circuit(
        "linear", inputs=1, supply=-0.1, horizon=0.5, learning_rate=0.25, non_negative=False
    )
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(4))
    result = measure(accurate(circuit.compile()), sample)
    output = sample.features + 0.5 * (sample.parameters * sample.features - 0.1)
    np.testing.assert_allclose(result.outputs, output, rtol=1e-9)
    np.testing.assert_allclose(result.error, output - sample.targets, rtol=1e-9)
    np.testing.assert_allclose(result.gradient, 0.5 * result.error * sample.features, rtol=1e-9)
    np.testing.assert_allclose(result.change, -0.25 * result.gradient, rtol=1e-4)
    names = [played.phase.name for played in result.phases]
    assert names == ["feedforward", "readout", "error", "feedback", "update"]


def test_annihilation_leaves_less_on_both_rails_when_it_is_fast() -> None:
    left: list[float] = []
    for k in (1e2, 1e4):
        circuit = make_circuit("mixing", hidden=2, annihilation=k)
        (sample,) = draw_samples(circuit, 1, np.random.default_rng(0))
        left.append(max(p.coexistence() for p in measure(accurate(circuit.compile()), sample).phases))
    assert 0.0 < left[1] < 0.2 * left[0]


def test_explosion_is_reported_with_its_phase() -> None:
    circuit = make_circuit("smooth-relu", horizon=50.0, inputs=1)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(0))
    with pytest.raises(SimulationError, match=r"smooth-relu, phase feed"):
        measure(accurate(circuit.compile()), sample)


def test_maps_evaluate_like_their_polynomials() -> None:
    z, x = Polynomial.of(Variable("z")), Polynomial.of(Variable("x"))
    polynomials = [z * abs(z) * x - 2.0, Polynomial(), z**3 - x * x, Polynomial.constant(4.0)]
    variables = [Variable("x"), Variable("z")]
    mapped = PolynomialMap.of(polynomials, variables)
    for point in np.random.default_rng(0).normal(size=(5, 2)):
        values = dict(zip(variables, point, strict=True))
        np.testing.assert_allclose(mapped(point), [p.evaluate(values) for p in polynomials], rtol=1e-14)


def test_derivatives_of_maps_are_those_of_the_algebra() -> None:
    z, x = Polynomial.of(Variable("z")), Polynomial.of(Variable("x"))
    polynomials = [z * abs(z) * x - 2.0, Polynomial(), z**3 * abs(x) * x - x * x, 4.0 * z]
    variables = [Variable("x"), Variable("z")]
    mapped = PolynomialMap.of(polynomials, variables).derivatives([1, 0])
    for point in np.random.default_rng(0).normal(size=(5, 2)):
        values = dict(zip(variables, point, strict=True))
        expected = [p.differentiate(v).evaluate(values) for p in polynomials for v in variables[::-1]]
        np.testing.assert_allclose(mapped(point), expected, rtol=1e-14)


def test_slope_ignores_failures_and_ends_at_the_solver_floor() -> None:
    ladder = [1e1, 1e2, 1e3, 1e4]
    assert fitted_slope(ladder, [np.inf, 1e-3, 1e-4, 1e-5]) == pytest.approx(-1.0)
    # an error that falls to that of the solver in one step has fallen at least to the floor
    assert fitted_slope(ladder, [np.inf, 1e-3, 1e-4, 1e-12]) == pytest.approx(-2.0)
    assert fitted_slope(ladder, [1e-5, 1e-6, 0.9e-7, 1e-12]) == pytest.approx(-1.0)
    assert fitted_slope(ladder, [1e-3, 1e-3, 1e-12, 1e-12], floor=1e-4) == pytest.approx(-0.5)
    assert fitted_slope(ladder, [np.inf, np.inf, 1e-4, 1e-12]) is None


def test_certificate_prints_every_check_and_the_convergence() -> None:
    checks = (Check("forward", 1e-5, 1e-3, True, "fine"), Check("order", 3.0, 2.0, False, "too high"))
    rows = (Errors("built", None, {"forward": 1e-2}), Errors("annihilation", 100.0, {"forward": 1e-3}))
    certificate = Certificate("mine", "exact", "staged", "", Counts(3, 4), 100.0, 1, 0, checks, rows)
    text = str(certificate)
    assert not certificate.passed
    assert "certificate of mine, rule exact: FAILED" in text
    assert "too high" in text
    assert [line.split() for line in text.splitlines()[-2:]] == [
        ["built", "-", "1.0e-02"], ["annihilation", "100", "1.0e-03"]
    ]  # fmt: skip
    assert certificate.to_json()["checks"][1]["passed"] is False
    assert certificate.to_json()["convergence"][0]["errors"]["forward"] == 1e-2
