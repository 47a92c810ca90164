"""Reactions found from data: curves, regression, integer readings, refitted constants, gradient training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuralcrn.chemistry import Reaction, parse_network
from neuralcrn.engines import simulate
from neuralcrn.engines.native.power_laws import power_law_gradient
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError
from neuralcrn.formats import network_text
from neuralcrn.in_silico.discovery import (
    CASES,
    CrnnSettings,
    Discovery,
    Experiment,
    discover,
    experiments_csv,
    find_case,
    read_experiments,
)
from neuralcrn.in_silico.discovery.mechanism import Mechanism
from neuralcrn.in_silico.discovery.reading import read_vector
from neuralcrn.in_silico.discovery.refit import Course, refit
from neuralcrn.in_silico.discovery.regression import Column, Regression, source_complexes
from neuralcrn.in_silico.discovery.smoothing import estimate_noise, smooth

TIMES = np.linspace(0.0, 6.0, 61)
CHAIN = parse_network("A -> B [k = 0.8]\n2 B -> C [k = 0.5]\nA @initial 1\nB @initial 0.4")


def experiments_of(text: str, starts: list[list[float]], noise: float = 0.0) -> list[Experiment]:
    network, rng = parse_network(text), np.random.default_rng(3)
    made: list[Experiment] = []
    for number, start in enumerate(starts):
        begun = network.with_initial(dict(zip(network.species, start, strict=True)))
        values = np.maximum(simulate(begun, TIMES[-1], TIMES, rtol=1e-9).values, 0.0)
        noisy = values * (1.0 + noise * rng.standard_normal(values.shape))
        made.append(Experiment(str(number), network.species, TIMES, noisy))
    return made


def equations(found: Discovery) -> set[str]:
    return {f"{r.reactants} -> {r.products}" for r in found.mechanism.reactions}


def test_curves_are_nearer_to_the_truth_than_the_data() -> None:
    exact = np.stack([np.exp(-TIMES), TIMES * np.exp(-TIMES) + 0.2], axis=1)
    rng = np.random.default_rng(0)
    noisy = exact * (1.0 + 0.05 * rng.standard_normal(exact.shape))
    (curve,), noise = smooth([Experiment("1", ("A", "B"), TIMES, noisy)])
    assert np.sqrt(np.mean((curve.values - exact) ** 2)) < 0.6 * np.sqrt(np.mean((noisy - exact) ** 2))
    assert noise.deviation(exact).mean(axis=0) == pytest.approx(0.05 * exact.mean(axis=0), rel=0.3)


def test_integrals_along_curves_are_those_of_the_function() -> None:
    values = np.exp(-0.5 * TIMES)[:, np.newaxis] + 0.5
    (curve,), _ = smooth([Experiment("1", ("A",), TIMES, values)])
    squares = curve.integrals(curve.fine_values**2)[:, 0]
    exact = (1.0 - np.exp(-TIMES)) + 2.0 * (1.0 - np.exp(-0.5 * TIMES)) + 0.25 * TIMES
    assert squares == pytest.approx(exact, abs=2e-3)


def test_constant_and_relative_noise_are_told_apart() -> None:
    rng, levels = np.random.default_rng(1), np.random.default_rng(2).uniform(0.0, 4.0, (20_000, 2))
    spread = np.stack([np.full(20_000, 0.3), np.hypot(0.1, 0.2 * levels[:, 1])], axis=1)
    noise = estimate_noise(spread * rng.standard_normal(spread.shape), levels, np.full(2, 4.0))
    assert noise.constant == pytest.approx([0.3, 0.1], rel=0.1)
    assert noise.relative == pytest.approx([0.0, 0.2], abs=0.02)


def test_source_complexes_are_all_multisets_up_to_the_order() -> None:
    assert len(source_complexes(5, 2)) == 1 + 5 + 15
    assert len(source_complexes(4, 3)) == 1 + 4 + 10 + 20
    assert set(source_complexes(4, 3).sum(axis=1)) == {0, 1, 2, 3}
    with pytest.raises(InvalidValueError, match="order = 4"):
        source_complexes(2, 4)
    with pytest.raises(InvalidValueError, match="choose a lower order"):
        source_complexes(30, 3)


def regression_of(experiments: list[Experiment]) -> Regression:
    curves, noise = smooth(experiments)
    return Regression.of(experiments, curves, noise, source_complexes(len(experiments[0].species), 2))


def test_regression_on_exact_data_finds_the_net_vectors() -> None:
    problem = regression_of(experiments_of(str(CHAIN), [[1.0, 0.4, 0.0], [0.3, 1.5, 0.1], [0.0, 2.0, 0.0]]))
    sources = [i for i, m in enumerate(problem.sources.tolist()) if m in ([1, 0, 0], [0, 2, 0])]
    vectors = problem.fit(sources).vectors
    assert vectors == pytest.approx(np.array([[-0.8, 0.8, 0.0], [0.0, -1.0, 0.5]]), abs=0.02)


def test_only_species_of_the_source_are_consumed() -> None:
    problem = regression_of(experiments_of(str(CHAIN), [[1.0, 0.4, 0.0], [0.3, 1.5, 0.1]], noise=0.2))
    everything = problem.fit(range(len(problem.sources)))
    consumed = np.argwhere(everything.vectors < 0.0)
    assert len(consumed)
    assert all(problem.sources[everything.columns[s].source][i] > 0 for s, i in consumed)


def test_elimination_keeps_the_true_sources_to_the_end() -> None:
    problem = regression_of(experiments_of(str(CHAIN), [[1.0, 0.4, 0.0], [0.3, 1.5, 0.1], [0.0, 2.0, 0.0]]))
    path = problem.eliminate()
    costs = [cost for _, cost in path]
    assert np.diff(costs).min() >= -1e-14 * problem.totals.sum()  # but for rounding errors
    (two,) = (sources for sources, _ in path if len(sources) == 2)
    assert sorted(problem.sources[list(two)].tolist()) == [[0, 2, 0], [1, 0, 0]]
    assert problem.cost_with_one_more(problem.fit(two)) <= problem.fit(two).cost


def test_costs_that_differ_by_rounding_errors_are_equal() -> None:
    problem = regression_of(experiments_of("A -> B [k = 0.5]", [[1.5, 0.5], [0.5, 0.2]]))
    assert len({cost for sources, cost in problem.eliminate() if sources}) == 1


def test_a_rate_that_depends_on_temperature_is_one_column() -> None:
    made: list[Experiment] = []
    for temperature in (300.0, 310.0, 320.0):
        k = 0.5 * np.exp(-8000.0 * (1.0 / temperature - 1.0 / 310.0))
        decay = np.exp(-k * TIMES)
        values = np.stack([decay, 1.0 - decay], axis=1)
        made.append(Experiment(str(temperature), ("A", "B"), TIMES, values, temperature))
    problem = regression_of(made)
    fitted = problem.fit([1])
    assert fitted.columns[0].activation == pytest.approx(8000.0, abs=1000.0)
    assert fitted.cost < problem.solve([Column(1, 0.0)]).cost / 10.0
    found = discover(made, hold_out=0.0)
    assert found.temperature == pytest.approx(310.0, abs=0.3)
    energy, error = found.activation_energies[0]
    assert energy == pytest.approx(8000.0 * 8.31446e-3, rel=0.01)
    assert 0.0 < error < 1.0


@pytest.mark.parametrize(
    ("source", "vector", "changes"),
    [
        ([2, 0, 0], [-0.2, 0.095, 0.002], [[-2, 1, 0]]),
        ([1, 1, 0], [-0.3, 0.004, 0.31], [[-1, 0, 1]]),
        ([1, 0, 0], [-0.3, 0.2, 0.1], [[-1, 0, 1], [-1, 1, 0]]),
        ([1, 0, 0], [0.0, 0.5, 0.0], [[0, 1, 0]]),
        ([0, 0, 0], [0.4, 0.0, 0.2], [[2, 0, 1]]),
    ],
)
def test_net_vectors_are_read_as_the_fewest_reactions(
    source: list[int], vector: list[float], changes: list[list[int]]
) -> None:
    best = read_vector(np.array(source), np.array(vector), np.full(3, 0.005))[0]
    assert sorted(best.changes.tolist()) == sorted(changes)
    assert (np.array(source) + best.changes >= 0).all()
    assert best.vector == pytest.approx(vector, abs=0.03)


def test_nothing_is_read_from_a_zero_vector() -> None:
    assert read_vector(np.array([1, 0]), np.zeros(2), np.ones(2)) == []


def test_refitted_constants_have_the_stated_errors() -> None:
    """Errors of estimates from repeated data, in standard errors, have variance 1."""
    species = CHAIN.species
    exact = simulate(CHAIN, TIMES[-1], TIMES, rtol=1e-9).values
    rng, scores = np.random.default_rng(5), list[float]()
    for _ in range(30):
        noisy = exact + 0.02 * rng.standard_normal(exact.shape)
        course = Course(TIMES, noisy, np.full(exact.shape, 0.02), np.array([1.0, 0.4, 0.0]), 0.0)
        fitted = refit(Mechanism(species, tuple(r.k(0.3) for r in CHAIN.reactions)), [course])
        relative = fitted.mechanism.rates / [0.8, 0.5] - 1.0
        scores.extend(relative / np.sqrt(np.diag(fitted.covariance)))
        assert fitted.rms == pytest.approx(1.0, abs=0.25)
    assert 0.7 < np.std(scores) < 1.35


def test_only_starts_are_fitted_on_request() -> None:
    mechanism = Mechanism(CHAIN.species, tuple(r.k(0.3) for r in CHAIN.reactions))
    exact = simulate(mechanism.network(0.0, (1.2, 0.3, 0.0)), TIMES[-1], TIMES).values
    course = Course(TIMES, exact, np.full(exact.shape, 0.01), np.array([0.5, 0.5, 0.0]), 0.0)
    fitted = refit(mechanism, [course], only_starts=True)
    assert fitted.mechanism == mechanism
    assert fitted.starts[0] == pytest.approx([1.2, 0.3, 0.0], abs=1e-4)


def test_case_1_is_found_with_its_rate_constants() -> None:
    case = find_case("1")
    found = discover(case.generate(seed=3), hold_out=1 / 3)
    assert case.is_found(found)
    assert case.rate_error(found) < 0.05
    assert found.held_out == pytest.approx(1.0, abs=0.15)
    assert (np.abs(found.mechanism.rates - [r.rate for r in found.network.reactions]) == 0.0).all()
    assert "sbml" in network_text(found.network, "sbml")


def test_catalysts_are_found() -> None:
    text = "A + E -> B + E [k = 1.5]\nB -> A [k = 0.3]"
    starts = [[1.0, 1.0, 0.0], [0.5, 0.3, 0.5], [0.2, 2.0, 1.0], [2.0, 0.5, 0.3]]
    found = discover(experiments_of(text, starts, noise=0.02), hold_out=0.0)
    assert [dict(r.products.terms) for r in found.mechanism.reactions if r.catalysts] == [{"B": 1, "E": 1}]
    assert len(found.mechanism.reactions) == 2


def test_the_alternative_of_a_source_has_the_same_net_vector() -> None:
    found = discover(experiments_of(str(CHAIN), [[1.0, 0.4, 0.0], [0.3, 1.5, 0.1]]), hold_out=0.0)
    for vector in found.net_vectors:
        assert vector.alternative
        assert all(reaction.reactants == vector.source for reaction in vector.alternative)
        total: dict[str, float] = {}
        for reaction in vector.alternative:
            for name, change in reaction.net_change.items():
                total[name] = total.get(name, 0.0) + reaction.rate * change
        kept = {name: change for name, change in total.items() if abs(change) > 1e-12}
        assert kept == pytest.approx(vector.changes)
    assert "identified only by their sum" in str(found)


def test_degradation_is_not_told_from_degradation_with_copying() -> None:
    found = discover(experiments_of("A -> 0 [k = 0.5]", [[1.0], [2.0]]), hold_out=0.0)
    (vector,) = found.net_vectors
    assert [str(reaction.products) for reaction in vector.alternative] == ["0", "2 A"]


def test_correlated_constants_are_said() -> None:
    fitted = discover(experiments_of(str(CHAIN), [[1.0, 0.4, 0.0], [0.3, 1.5, 0.1]]), hold_out=0.0).fitted
    covariance = np.array([[1.0, 0.99], [0.99, 1.0]])
    poor = Discovery("regression", replace(fitted, covariance=covariance), None, (), (), ())
    assert len(poor.warnings) == 3
    assert str(poor).startswith("k of")


def test_the_same_seed_gives_the_same_result() -> None:
    data = experiments_of(str(CHAIN), [[1.0, 0.4, 0.1], [0.3, 1.5, 0.1], [0.5, 1.0, 0.2]], noise=0.03)
    first, second = (discover(data, hold_out=0.4, seed=1) for _ in range(2))
    assert first.to_json() == second.to_json()
    assert len(first.held_names) == 1
    assert not set(first.held_names) & set(first.names)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_gradients_of_power_laws_are_those_of_finite_differences(logarithmic: bool) -> None:
    rng = np.random.default_rng(4)
    exponents, changes = rng.uniform(0.0, 1.5, (3, 2)), rng.normal(0.0, 0.5, (3, 2))
    offsets, times = rng.normal(-1.0, 0.3, 3), np.linspace(0.0, 2.0, 7)
    data, weights = rng.uniform(0.2, 1.0, (7, 2)), rng.uniform(0.5, 1.0, (7, 2))

    def loss(e: np.ndarray, o: np.ndarray, c: np.ndarray, grads: tuple[np.ndarray, ...]) -> float:
        start = np.array([0.8, 0.5])
        return power_law_gradient(times, start, data, weights, logarithmic, 1e-5, 2, e, o, c, grads)

    point = (exponents, offsets, changes)
    grads = tuple(np.zeros_like(part) for part in point)
    loss(*point, grads)
    for part, gradient in zip(point, grads, strict=True):
        for place in np.ndindex(part.shape):
            ends: list[float] = []
            for step in (1e-6, -1e-6):
                moved = [value.copy() for value in point]
                moved[[value is part for value in point].index(True)][place] += step
                e, o, c = moved
                ends.append(loss(e, o, c, tuple(np.zeros_like(value) for value in point)))
            assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-6)


def test_power_laws_follow_mass_action() -> None:
    """With integer orders, the error against a simulation of the same reactions vanishes."""
    values = simulate(CHAIN, TIMES[-1], TIMES, rtol=1e-9).values
    exponents, changes = (
        np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]),
        np.array([[-1.0, 1.0, 0], [0, -2.0, 1]]),
    )
    grads = np.zeros((2, 3)), np.zeros(2), np.zeros((2, 3))
    offsets, weights = np.log([0.8, 0.5]), np.full(values.shape, 1.0 / values.size)
    value = power_law_gradient(
        TIMES, values[0], values, weights, False, 1e-9, 4, exponents, offsets, changes, grads
    )
    assert value < 1e-6


@pytest.mark.parametrize("catalysts", [False, True])
def test_gradient_training_finds_a_decay(catalysts: bool) -> None:
    data = experiments_of("A -> B [k = 0.7]", [[1.0, 0.2], [0.5, 0.1], [2.0, 0.3]], noise=0.02)
    settings = CrnnSettings(reactions=1, epochs=400, starts=2, catalysts=catalysts, learning_rate=0.02)
    found = discover(data, "crnn", hold_out=0.0, crnn=settings)
    assert found.method == "crnn"
    assert equations(found) == {"A -> B"}
    assert found.network.reactions[0].rate == pytest.approx(0.7, rel=0.02)


def bad(values: object = None, times: object = None, temperature: Any = None) -> Experiment:
    given = np.ones((8, 2)) if values is None else np.array(values)
    return Experiment(
        "x", ("A", "B"), np.arange(8.0) if times is None else np.array(times), given, temperature
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"times": [0, 1, 2, 2, 3, 4, 5, 6]}, "time 2 at place 4 follows 2"),
        ({"values": [[1.0, 1.0]] * 7 + [[1.0, -0.1]]}, r"B is -0\.1 at time 7"),
        ({"values": [[1.0, np.nan]] * 8}, "B is nan at time 0"),
        ({"values": [[1.0, 1.0]] * 3, "times": [0, 1, 2]}, "3 times"),
        ({"values": [[1.0]] * 8}, "one column for each of 2 species"),
        ({"temperature": -3.0}, "temperature -3 K"),
    ],
)
def test_bad_experiments_are_refused_with_the_place(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        bad(**arguments)


def test_data_that_cannot_be_used_together_are_refused() -> None:
    other = Experiment("y", ("A", "C"), np.arange(8.0), np.ones((8, 2)))
    with pytest.raises(DataError, match="conditions x and y measure different species"):
        discover([bad(), other])
    with pytest.raises(DataError, match="has a temperature"):
        discover([bad(), bad(temperature=300.0)])
    with pytest.raises(DataError, match="at least one time course"):
        discover([])
    with pytest.raises(DataError, match="nothing changes"):
        discover([bad()])
    with pytest.raises(UnknownNameError, match="regression"):
        discover([bad()], "regresion")
    with pytest.raises(InvalidValueError, match="hold_out"):
        discover([bad()], hold_out=1.0)
    with pytest.raises(UnknownNameError, match="case"):
        find_case("4")
    with pytest.raises(InvalidValueError, match="epochs = 0"):
        CrnnSettings(reactions=2, epochs=0)


def test_published_cases_have_their_sizes() -> None:
    sizes = {name: (*case.network.counts, case.experiments) for name, case in CASES.items()}
    assert sizes == {"1": (5, 4, 30), "2": (6, 3, 30), "3": (9, 8, 100)}
    heated = CASES["2"].generate(seed=0, noise=0.0)
    assert {e.temperature is None for e in heated} == {False}
    mass = heated[0].values[:, [0, 2, 3, 4]].sum(axis=1)  # the glycerol backbone is conserved
    assert mass == pytest.approx(mass[0])
    assert isinstance(CASES["3"].network.reactions[0], Reaction)


def test_tables_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = CASES["2"].generate(seed=1)[:3]
    path = tmp_path / "data.csv"
    path.write_text(experiments_csv(made))
    for read, experiment in zip(read_experiments(path), made, strict=True):
        assert (read.name, read.species, read.temperature) == (
            experiment.name,
            experiment.species,
            experiment.temperature,
        )
        assert (read.values == experiment.values).all()


def test_tidy_and_wide_tables_are_the_same(tmp_path: Path) -> None:
    wide = "time,A,B\n" + "".join(f"{t},{1 / (1 + t)},{t / 10}\n" for t in range(8))
    tidy = "time,species,value\n" + "".join(
        f"{t},{name},{value}\n" for t in range(8) for name, value in (("A", 1 / (1 + t)), ("B", t / 10))
    )
    read: list[Experiment] = []
    for name, text in (("wide.csv", wide), ("tidy.csv", tidy)):
        (tmp_path / name).write_text(text)
        read.extend(read_experiments(tmp_path / name))
    assert read[0].species == read[1].species == ("A", "B")
    assert (read[0].values == read[1].values).all()


TIDY = "time,species,value\n" + "".join(f"{t},A,{t}\n" for t in range(7))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            TIDY.replace("3,A,3", "3,A,-3"),
            r"row 5, column .A.: -3: concentrations are not negative",
        ),
        (TIDY + "5,A,1\n", r"row 9, column 1 \('time'\): time 5 follows 6 of row 8"),
        (TIDY + "6,A,1\n", "row 9: A is measured twice at time 6"),
        (TIDY + "6,B,1\n", "row 2: B is not measured at time 0"),
        (TIDY.replace("2,A,2", "2,A,two"), r"row 4, column 3 \('value'\): 'two' is not a number"),
        (TIDY.replace("2,A,2", "2,A-B,2"), "row 4, column 2"),
        (TIDY.replace("species", "molecule"), "lacks column 'species' or 'observable'"),
        ("time,A,the end\n0,1,2\n", "row 1, column 3"),
        (TIDY.replace("4,A,4\n5,A,5\n", ""), "5 times"),
        ("time,A\n", "no measurements"),
        (
            "time,A,temperature\n" + "".join(f"{t},{t},{300 + t}\n" for t in range(7)),
            "row 3, column 'temperature': it differs",
        ),
    ],
)
def test_bad_tables_are_refused_with_row_and_column(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_experiments(path)


def test_a_total_that_never_varies_is_said() -> None:
    """A -> B with A + B = 2 has the same rate as 2 A -> A + B and A + B -> 2 B at half the rate constant."""
    one = discover(experiments_of("A -> B [k = 0.5]", [[1.5, 0.5]]), hold_out=0.0)
    assert equations(one) == {"A -> B"}
    assert one.warnings[0].startswith("A + B is the same in all experiments")
    two = discover(experiments_of("A -> B [k = 0.5]", [[1.5, 0.5], [0.5, 0.2]]), hold_out=0.0)
    assert two.warnings == ()
