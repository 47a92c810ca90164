"""Fits: known rates are recovered, bounds hold, starts are reproducible, uncertainty in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import least_squares, lsq_linear

from neuralcrn.chemistry import ParametricNetwork, parse_network, parse_parametric
from neuralcrn.engines import simulate
from neuralcrn.errors import DataError, InvalidValueError, SimulationError
from neuralcrn.fitting import (
    Experiment,
    FitParameter,
    FitProblem,
    Measurement,
    Objective,
    Observable,
    Period,
    fit,
    local_fit,
    run_fit,
    starting_points,
)
from neuralcrn.fitting.problem import formula_of
from neuralcrn.fitting.profiles import profile_interval
from neuralcrn.jobs import Processes
from neuralcrn.plots.fitting import fitted_figure

CASE = parse_network(
    "2A -> B [k = 0.1]\nA -> C [k = 0.2]\nC -> D [k = 0.13]\nB + D -> E [k = 0.3]\n"
    "A @initial 1\nB @initial 0.8"
)
TRUTH = {"k1": 0.1, "k2": 0.2, "k3": 0.13, "k4": 0.3}
TIMES = np.linspace(2.0, 40.0, 10)


def case_problem(noise: str = "normal", size: float = 0.02, seed: int = 0) -> FitProblem:
    """Return simulated data of two experiments with noise of an unknown size."""
    rng = np.random.default_rng(seed)
    logarithmic, laplace = noise == "log-normal", noise == "laplace"
    draw = rng.laplace if laplace else rng.standard_normal
    measurements: list[Measurement] = []
    experiments = tuple(
        Experiment(name, (Period.of(state={"A": a, "B": b}),))
        for name, a, b in (("one", 1.0, 0.2), ("two", 0.4, 1.1))
    )
    for experiment in experiments:
        start = {name: float(f.evaluate({})) for name, f in experiment.periods[0].state.items()}
        course = simulate(CASE.with_initial(start), 40.0, TIMES)
        for name in CASE.species:
            for time, y in zip(TIMES.tolist(), course[name].tolist(), strict=True):
                error = size * float(draw())
                value = y * math.exp(error) if logarithmic else y + error
                measurements.append(Measurement(name, experiment.name, time, value))
    observables = tuple(
        Observable.of(
            name, name, "sigma", "log" if logarithmic else "lin", "laplace" if laplace else "normal"
        )
        for name in CASE.species
    )
    rates = tuple(FitParameter(name, 1.0, 1e-3, 1e2) for name in TRUTH)
    free = (*rates, FitParameter("sigma", 0.1, 1e-4, 10.0))
    return FitProblem(ParametricNetwork.of(CASE), free, observables, experiments, tuple(measurements))


@pytest.mark.parametrize("noise", ["normal", "log-normal", "laplace"])
def test_known_rates_and_the_size_of_the_noise_are_recovered(noise: str) -> None:
    result = fit(case_problem(noise), starts=3)
    for estimate in result.estimates:
        truth = TRUTH.get(estimate.name, 0.02)
        assert estimate.error is not None
        assert abs(estimate.value - truth) < 4.0 * estimate.error
        assert estimate.value == pytest.approx(truth, rel=0.3)
    assert result.agreeing >= 2
    assert result.warnings == ()
    assert result.network.reactions[0].rate == result.values["k1"]


def test_the_point_of_a_fit_is_a_minimum() -> None:
    problem = case_problem()
    objective = Objective.of(problem)
    found = local_fit(objective, starting_points(problem, 1))
    assert found.converged
    assert np.abs(objective.at(np.array(found.point)).gradient).max() < 1e-2
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = np.array(found.point) + 0.01 * rng.standard_normal(5)
        assert objective.at(other).value > found.value - 1e-6


def test_the_search_agrees_with_nonlinear_least_squares() -> None:
    problem = case_problem()
    known = replace(
        problem,
        parameters=problem.parameters[:-1],
        observables=tuple(replace(one, noise=formula_of(0.02)) for one in problem.observables),
    )
    objective, start = Objective.of(known), starting_points(known, 1)[0]
    found = local_fit(objective, [start])
    oracle = least_squares(
        lambda x: objective.at(x).residuals, start, lambda x: objective.at(x).jacobian, xtol=1e-10, ftol=1e-12
    )
    np.testing.assert_allclose(found.point, oracle.x, atol=1e-4)
    assert found.evaluations <= 2 * oracle.nfev


def linear_problem(sigma: float = 0.5, prior: bool = False) -> FitProblem:
    """Return a straight line through the concentration of a species that grows with time."""
    rng = np.random.default_rng(2)
    network = parse_parametric("0 -> X [k = 1]")
    free = tuple(FitParameter(name, 0.1, -9.0, 9.0, scale="lin") for name in ("slope", "offset"))
    values = (
        Measurement("y", "e", t, 2.0 * t - 1.0 + sigma * float(rng.standard_normal()))
        for t in np.arange(1.0, 9.0)
    )
    return FitProblem(
        network, free, (Observable.of("y", "slope*X + offset", sigma),), (Experiment("e"),), tuple(values)
    )


def test_a_linear_model_has_the_errors_of_linear_regression() -> None:
    problem, sigma = linear_problem(), 0.5
    design = np.column_stack([np.arange(1.0, 9.0), np.ones(8)])
    measured = np.array([m.value for m in problem.measurements])
    best = np.linalg.lstsq(design, measured, rcond=None)[0]
    errors = sigma * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    result = fit(problem, starts=2)
    np.testing.assert_allclose([e.value for e in result.estimates], best, rtol=1e-5)
    np.testing.assert_allclose([e.error for e in result.estimates], errors, rtol=1e-4)
    one = result.estimates[0]
    assert one.upper is not None
    assert one.upper - one.value == pytest.approx(1.959964 * errors[0], rel=1e-4)


def test_with_estimated_noise_the_intervals_are_those_of_linear_regression() -> None:
    known = linear_problem()
    sigma = FitParameter("sigma", 1.0, 1e-3, 1e3)
    observable = replace(known.observables[0], noise=formula_of("sigma"))
    result = fit(replace(known, parameters=(*known.parameters, sigma), observables=(observable,)), starts=2)
    measured = [m.value for m in known.measurements]
    line = stats.linregress(np.arange(1.0, 9.0), measured)
    slope, half = result.estimates[0], stats.t.ppf(0.975, 6) * line.stderr
    assert (slope.value, slope.error) == pytest.approx((line.slope, line.stderr), rel=1e-4)
    assert (slope.lower, slope.upper) == pytest.approx((line.slope - half, line.slope + half), rel=1e-4)


def test_bounds_hold_exactly_and_take_few_steps() -> None:
    """A linear model with an active bound is the least squares problem within the bounds."""
    problem = linear_problem()
    bounded = replace(problem.parameters[1], lower=0.5, nominal=3.0)
    problem = replace(problem, parameters=(problem.parameters[0], bounded))
    design = np.column_stack([np.arange(1.0, 9.0), np.ones(8)])
    measured = np.array([m.value for m in problem.measurements])
    best = lsq_linear(design, measured, ([-9.0, 0.5], [9.0, 9.0])).x
    found = local_fit(Objective.of(problem), starting_points(problem, 1))
    np.testing.assert_allclose(found.point, best, rtol=1e-6)
    assert found.evaluations <= 12


def test_the_profile_of_a_linear_model_is_the_interval_of_its_errors() -> None:
    problem = linear_problem()
    result = fit(problem, starts=2)
    low, high = profile_interval(problem, result.starts[0].point, "slope")
    one = result.estimates[0]
    assert low == pytest.approx(one.lower, abs=0.01)
    assert high == pytest.approx(one.upper, abs=0.01)


def product_problem() -> FitProblem:
    """Return a problem in which only the product of a scale and an initial value matters."""
    problem = linear_problem()
    network = parse_parametric("parameter a = 1\nparameter k = 0.3\nA -> B [k = k]\nA @initial a")
    free = tuple(FitParameter(name, 1.0, 1e-3, 1e3) for name in ("k", "a", "scale"))
    data = tuple(Measurement("y", "e", t, 6.0 * math.exp(-0.3 * t)) for t in (1.0, 2.0, 3.0, 4.0, 6.0))
    return replace(
        problem, network=network, parameters=free, observables=(Observable.of("y", "scale*A", 0.1),),
        measurements=data,
    )  # fmt: skip


def test_a_combination_that_the_data_do_not_see_is_reported() -> None:
    result = fit(product_problem(), starts=3)
    by_name = {one.name: one for one in result.estimates}
    assert by_name["k"].error is not None
    assert by_name["k"].value == pytest.approx(0.3, rel=1e-4)
    assert by_name["a"].error is None
    assert by_name["scale"].error is None
    (combination,) = result.undetermined
    parts = dict(combination.parts)
    assert parts["a"] == pytest.approx(-parts["scale"], rel=1e-6)
    assert str(combination) in ("a -1 scale", "scale -1 a")
    assert result.headline == "Doubtful: the data do not determine a, scale."


def test_the_profile_of_an_undetermined_parameter_ends_at_bounds_only() -> None:
    problem = product_problem()
    result = fit(problem, starts=1)
    low, high = profile_interval(problem, result.starts[0].point, "scale")
    assert low == pytest.approx(6.0 / 1e3, rel=0.1)  # the initial value is at its upper bound
    assert high is None


def test_a_fit_that_ends_at_a_bound_says_so_first() -> None:
    problem = case_problem()
    narrow = replace(problem.parameters[0], lower=0.15, nominal=0.5)
    result = fit(replace(problem, parameters=(narrow, *problem.parameters[1:])), starts=2)
    assert result.values["k1"] == pytest.approx(0.15)
    assert result.estimates[0].bound == "lower"
    assert result.estimates[0].error is None
    assert str(result).startswith("Doubtful: k1 ends at its lower bound 0.15")


def test_starts_that_do_not_agree_are_reported() -> None:
    result = fit(case_problem(), starts=3)
    worse = tuple(replace(start, value=start.value + 50.0) for start in result.starts[1:])
    apart = replace(result, starts=(result.starts[0], *worse))
    assert "the starts do not agree: 1 of 3 reaches the best objective" in apart.headline
    assert "one start only" in replace(result, starts=result.starts[:1]).headline


def test_starting_points_are_a_latin_hypercube_within_the_ranges() -> None:
    problem = case_problem()
    ranged = replace(problem.parameters[1], start=(1.0, 10.0))
    problem = replace(problem, parameters=(problem.parameters[0], ranged, *problem.parameters[2:]))
    points = starting_points(problem, 21, seed=3)
    np.testing.assert_array_equal(points, starting_points(problem, 21, seed=3))
    assert points[0].tolist() == [0.0, 0.0, 0.0, 0.0, -1.0]
    # one point in each twentieth of the range of each parameter
    first = np.floor((points[1:, 0] + 3.0) / 5.0 * 20.0)
    assert sorted(first.tolist()) == list(range(20))
    assert points[1:, 1].min() >= 0.0
    assert points[1:, 1].max() <= 1.0
    with pytest.raises(InvalidValueError, match="starts = 0"):
        starting_points(problem, 0)


def test_a_start_that_cannot_be_simulated_is_drawn_again() -> None:
    problem = case_problem()
    objective = Objective.of(problem)
    bad, good = np.full(5, np.nan), starting_points(problem, 1)[0]
    assert local_fit(objective, [bad, good]).value == local_fit(objective, [good]).value


def test_a_parameter_that_no_data_see_is_refused() -> None:
    problem = case_problem()
    blind = replace(problem, measurements=tuple(m for m in problem.measurements if m.observable == "A"))
    with pytest.raises(DataError, match="no measurement depends on k3, k4: do not estimate it"):
        fit(blind, starts=1)


def test_data_that_no_start_can_explain_are_refused() -> None:
    problem = case_problem("log-normal")
    early = replace(problem.measurements[-1], time=0.0)
    with pytest.raises((SimulationError, DataError)):
        fit(replace(problem, measurements=(*problem.measurements, early)), starts=1)


def test_parallel_starts_are_resumed_and_give_the_same_result(tmp_path: Path) -> None:
    problem = case_problem()
    serial = fit(problem, starts=3, seed=5)

    class StoppedError(Exception):
        pass

    def stop(status: object) -> None:
        if getattr(status, "done", 0) == 1:
            raise StoppedError

    with pytest.raises(StoppedError):
        run_fit(problem, tmp_path, starts=3, seed=5, workers=Processes(1), on_status=stop)
    assert len(list((tmp_path / "starts").glob("start-*.json"))) == 1
    result = run_fit(problem, tmp_path, starts=3, seed=5, workers=Processes(1))
    assert result.starts == serial.starts
    assert result.estimates == serial.estimates


def test_the_figure_has_data_curves_residuals_and_starts() -> None:
    result = fit(linear_problem(), starts=3)
    curves, residuals, starts = fitted_figure(result).axes
    line, points = curves.get_lines()
    measured = [m.value for m in result.problem.measurements]
    assert np.asarray(points.get_ydata()).tolist() == measured
    slope, offset = (one.value for one in result.estimates)
    np.testing.assert_allclose(line.get_ydata(), slope * np.asarray(line.get_xdata()) + offset, atol=1e-5)
    np.testing.assert_allclose(residuals.get_lines()[0].get_ydata(), result.evaluation.residuals)
    assert len(starts.get_lines()[0].get_xdata()) == 3
