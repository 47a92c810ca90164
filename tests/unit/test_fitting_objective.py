"""The objective of a fit: likelihoods in closed form, gradients, information, experiments in periods."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from neuralcrn.chemistry import ParametricNetwork, parse_parametric
from neuralcrn.fitting import (
    Experiment,
    FitParameter,
    FitProblem,
    Measurement,
    Objective,
    Observable,
    Period,
    Prior,
)
from neuralcrn.fitting.parameters import from_scale, to_scale
from neuralcrn.fitting.problem import formula_of, formulas_of

DECAY = "parameter k = 0.7\nparameter a = 2\nA -> B [k = k]\nA @initial a"
DIMER = (
    "parameter k1 = 1\nparameter k2 = 0.5\nparameter a = 2\nA -> B [k = k1]\n2B -> C [k = k2]\n"
    "C -> 2B [k = 0.5]\nA @initial a"
)


def one_value(observable: Observable, value: float, **parameters: float) -> FitProblem:
    """Return a problem of one measurement of the decay, at time 1.5."""
    free = tuple(FitParameter(name, x, 0.01, 100.0, scale="lin") for name, x in parameters.items())
    return FitProblem(
        parse_parametric(DECAY), free, (observable,), (Experiment("e"),),
        (Measurement("y", "e", 1.5, value),),
    )  # fmt: skip


def at_nominal(problem: FitProblem) -> float:
    objective = Objective.of(problem, rtol=1e-10)
    return objective.at(np.array([to_scale(p.nominal, p.scale) for p in problem.estimated])).value


A = 2.0 * math.exp(-0.7 * 1.5)


@pytest.mark.parametrize(
    ("transformation", "distribution", "density"),
    [
        ("lin", "normal", lambda m, y, s: stats.norm.logpdf(m, y, s)),
        ("lin", "laplace", lambda m, y, s: stats.laplace.logpdf(m, y, s)),
        ("log", "normal", lambda m, y, s: stats.lognorm.logpdf(m, s, scale=y)),
        ("log10", "normal", lambda m, y, s: stats.lognorm.logpdf(m, s * math.log(10.0), scale=y)),
        ("log", "laplace", lambda m, y, s: stats.laplace.logpdf(math.log(m), math.log(y), s) - math.log(m)),
    ],
)
def test_the_likelihood_is_the_density_of_the_measured_value(transformation, distribution, density) -> None:
    observable = Observable.of("y", "1 + A", "s", transformation, distribution)
    problem = one_value(observable, 1.4, s=0.3)
    assert at_nominal(problem) == pytest.approx(-density(1.4, 1.0 + A, 0.3), rel=1e-8)


@pytest.mark.parametrize(
    ("prior", "density"),
    [
        (Prior("normal", 0.5, 0.2), lambda x: stats.norm.logpdf(x, 0.5, 0.2)),
        (Prior("laplace", 0.5, 0.2), lambda x: stats.laplace.logpdf(x, 0.5, 0.2)),
        (Prior("uniform", 0.1, 2.0), lambda x: stats.uniform.logpdf(x, 0.1, 1.9)),
        (Prior("normal", -1.0, 0.2, "log"), lambda x: stats.lognorm.logpdf(x, 0.2, scale=math.exp(-1.0))),
        (Prior("normal", -1.0, 0.2, "log10", "log10"), lambda x: stats.norm.logpdf(math.log10(x), -1.0, 0.2)),
    ],
)
def test_priors_are_densities_with_their_slopes(prior, density) -> None:
    for x in (0.3, 0.7):
        assert prior.negative_logarithm(x) == pytest.approx(-density(x))
        h = 1e-6
        slope = (prior.negative_logarithm(x + h) - prior.negative_logarithm(x - h)) / (2.0 * h)
        assert prior.slope(x) == pytest.approx(slope, abs=1e-6)


def rich_problem() -> FitProblem:
    """Return a problem with doses, steady states, own parameters, overrides, estimated noise and a prior."""
    free = (
        FitParameter("k1", 1.0, 0.01, 100.0),
        FitParameter("k2", 0.5, 0.01, 100.0, scale="log"),
        FitParameter("scale", 2.0, 0.1, 10.0, scale="lin"),
        FitParameter("s", 0.1, 1e-3, 1.0, prior=Prior("normal", -1.0, 0.5, "log10")),
        FitParameter("own", 3.0, 0.1, 10.0),
        FitParameter("fixed", 0.3, 0.0, 1.0, estimated=False),
    )
    observables = (
        Observable.of("y", "scale*B + offset + 0.1/(1 + time)", "s"),
        Observable.of("z", "C + 0.01", "s + 0.1*z", "log10", "laplace"),
    )
    experiments = (
        Experiment("plain"),
        Experiment("dosed", (Period.of(0.0, {"k1": "own"}, {"A": "2*own"}), Period.dose(1.0, {"B": "k2"}))),
        Experiment("settled", (Period.of(-math.inf), Period.of(0.0, {"k2": 3.0}, {"A": "1 + fixed"}))),
    )
    rng = np.random.default_rng(0)
    measurements: list[Measurement] = []
    for experiment in ("plain", "dosed", "settled"):
        for time in (0.5, 1.0, 2.0, 7.0) if experiment == "plain" else (0.5, 1.0, 2.0, math.inf):
            offset = formulas_of({"offset": 0.3 if time < 2.0 else "k2"})
            measurements.append(Measurement("y", experiment, time, rng.uniform(0.5, 2.0), offset))
            measurements.append(Measurement("z", experiment, time, rng.uniform(0.5, 2.0)))
    return FitProblem(parse_parametric(DIMER), free, observables, experiments, tuple(measurements))


def test_the_gradient_is_that_of_finite_differences() -> None:
    objective = Objective.of(rich_problem(), rtol=1e-10)
    point = np.array([0.1, -0.3, 1.7, -0.8, 0.4])
    gradient, h = objective.at(point).gradient, 1e-4
    for i, step in enumerate(h * np.eye(5)):
        difference = (objective.at(point + step).value - objective.at(point - step).value) / (2.0 * h)
        assert gradient[i] == pytest.approx(difference, rel=1e-5, abs=1e-3)


def test_the_jacobian_is_that_of_the_residuals() -> None:
    problem = rich_problem()
    constant = replace(
        problem,
        observables=tuple(replace(one, noise=formula_of(0.2)) for one in problem.observables),
        parameters=tuple(one for one in problem.parameters if one.name != "s"),
    )
    objective = Objective.of(constant, rtol=1e-10)
    point, h = np.array([0.1, -0.3, 1.7, 0.4]), 1e-4
    jacobian = objective.at(point).jacobian
    for i, step in enumerate(h * np.eye(4)):
        difference = (objective.at(point + step).residuals - objective.at(point - step).residuals) / (2 * h)
        np.testing.assert_allclose(jacobian[:, i], difference, rtol=1e-4, atol=1e-5)


def test_the_information_is_the_expected_curvature() -> None:
    """The mean Hessian over data drawn at the point is the Fisher information."""
    problem = one_value(Observable.of("y", "A", "s"), 1.0, s=0.3)
    rng, h, total = np.random.default_rng(1), 1e-4, np.zeros((2, 2))
    values = A + 0.3 * rng.standard_normal(4_000)
    many = replace(
        problem,
        parameters=(FitParameter("k", 0.7, 0.01, 100.0, scale="lin"), *problem.parameters),
        measurements=tuple(replace(problem.measurements[0], value=v) for v in values.tolist()),
    )
    objective, point = Objective.of(many, rtol=1e-9), np.array([0.7, 0.3])
    for i, step in enumerate(h * np.eye(2)):
        total[i] = (objective.at(point + step).gradient - objective.at(point - step).gradient) / (2.0 * h)
    information = objective.at(point).information
    np.testing.assert_allclose(total, information, rtol=0.06, atol=0.03 * np.abs(information).max())


def test_the_information_of_laplace_noise() -> None:
    problem = one_value(Observable.of("y", "A", "s", "lin", "laplace"), 1.0, s=0.3)
    found = Objective.of(problem, rtol=1e-10).at(np.array([0.3]))
    assert found.information[0, 0] == pytest.approx(1.0 / 0.3**2)
    free = (FitParameter("k", 0.7, 0.01, 100.0, scale="lin"),)
    known = replace(
        problem, parameters=free, observables=(replace(problem.observables[0], noise=formula_of(0.3)),)
    )
    found = Objective.of(known, rtol=1e-10).at(np.array([0.7]))
    assert found.information[0, 0] == pytest.approx((1.5 * A / 0.3) ** 2, rel=1e-6)
    residual = abs(1.0 - A) / 0.3  # the curvature is that of the parabola that touches |residual|
    assert found.curvature[0, 0] == pytest.approx(found.information[0, 0] / residual, rel=1e-6)


def simulated(network: ParametricNetwork, experiment: Experiment, times: list[float], formula: str):
    measurements = tuple(Measurement("y", "e", time, 1.0) for time in times)
    problem = FitProblem(network, (), (Observable.of("y", formula, 1.0),), (experiment,), measurements)
    return Objective.of(problem, rtol=1e-10).at(np.empty(0)).simulated


def test_a_dose_adds_at_its_time() -> None:
    experiment = Experiment("e", (Period.of(0.0, {"k": 0.5}), Period.dose(1.0, {"A": 3.0})))
    found = simulated(parse_parametric(DECAY), experiment, [0.5, 1.0, 2.0], "A")
    before = 2.0 * math.exp(-0.5)
    np.testing.assert_allclose(
        found, [2.0 * math.exp(-0.25), before + 3.0, (before + 3.0) * math.exp(-0.5)], rtol=1e-7
    )


def test_a_period_may_begin_later_than_0_and_keeps_its_parameters() -> None:
    experiment = Experiment("e", (Period.of(2.0, {"k": 0.5}), Period.of(3.0, state={"A": "A/2 + a"})))
    found = simulated(parse_parametric(DECAY), experiment, [2.0, 4.0], "A + 0*time")
    np.testing.assert_allclose(found, [2.0, (math.exp(-0.5) + 2.0) * math.exp(-0.5)], rtol=1e-7)


def test_the_steady_state_before_an_experiment() -> None:
    network = parse_parametric("parameter k = 2\n0 -> A [k = k]\nA -> 0 [k = 0.1]")
    experiment = Experiment("e", (Period.of(-math.inf), Period.of(0.0, {"k": 0.0})))
    found = simulated(network, experiment, [0.0, 5.0, math.inf], "A")
    np.testing.assert_allclose(found, [20.0, 20.0 * math.exp(-0.5), 0.0], rtol=1e-5, atol=1e-6)


def test_scales_are_inverse() -> None:
    for scale in ("lin", "log", "log10"):
        assert from_scale(to_scale(0.3, scale), scale) == pytest.approx(0.3)
    assert to_scale(0.0, "log10") == -math.inf


def test_a_failing_simulation_is_infinitely_bad() -> None:
    problem = one_value(Observable.of("y", "B", 0.1, "log"), 1.0, k=0.7)
    early = replace(problem, measurements=(replace(problem.measurements[0], time=0.0),))
    assert at_nominal(early) == math.inf  # the logarithm of 0
