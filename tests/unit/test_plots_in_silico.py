"""Reactions found in data or with given dynamics: their figures, and their export to SBML and DNA."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.lines import Line2D

from neuralcrn.compiler import compile_dna
from neuralcrn.compiler.dna import suggest_conditions
from neuralcrn.engines import simulate
from neuralcrn.errors import InvalidValueError
from neuralcrn.formats import network_text, read_sbml
from neuralcrn.in_silico.discovery import CASES, Discovery, discover
from neuralcrn.in_silico.dynamics import (
    Approximation,
    Box,
    Equations,
    RecurrentNetwork,
    approximate_dynamics,
    course_of,
)
from neuralcrn.plots.in_silico import approximated_figure, discovered_figure
from neuralcrn.studies.dna import compare_dna


@pytest.fixture(scope="module")
def found() -> Discovery:
    return discover(CASES["1"].generate(seed=0)[:8], hold_out=0.25)


def points_of(line: Line2D) -> np.ndarray:
    return np.stack([np.asarray(line.get_xdata()), np.asarray(line.get_ydata())])


def test_simulations_of_what_was_found_go_through_the_data(found: Discovery) -> None:
    runs = found.simulations(100)
    assert [experiment.name for experiment, _ in runs] == [*found.names, *found.held_names]
    for experiment, run in runs:
        assert run is not None
        near = np.abs(run.values - experiment.values) <= 0.3 * experiment.values + 0.005
        assert near.mean() > 0.99


def test_the_figure_of_what_was_found_has_data_and_simulated_reactions(found: Discovery) -> None:
    figure = discovered_figure(found)
    assert [panel.get_ylabel() for panel in figure.axes] == list(found.network.species)
    (legend,) = figure.legends
    first, *_, last = [text.get_text() for text in legend.get_texts()]
    assert (first, last) == (f"condition {found.names[0]}", f"condition {found.held_names[1]}, held out")
    runs = found.simulations()
    for place, panel in enumerate(figure.axes):
        data, line = panel.lines[0], panel.lines[1]
        experiment, run = runs[0]
        assert run is not None
        np.testing.assert_array_equal(points_of(data), [experiment.times, experiment.values[:, place]])
        np.testing.assert_array_equal(points_of(line), [run.times, run.values[:, place]])
        assert [drawn.get_linestyle() for drawn in panel.lines[1::2]] == ["-"] * 3 + ["--"] * 2


def test_what_was_found_is_exported_as_any_other(found: Discovery) -> None:
    again = read_sbml(network_text(found.network, "sbml"))
    assert again.reactions == found.network.reactions
    assert again.initial == found.network.initial
    dna = compile_dna(found.network, suggest_conditions(found.network))
    comparison = compare_dna(dna, 40.0, points=400)
    assert set(comparison.errors) == set(found.network.species)
    assert max(comparison.errors.values()) < 2.0 * comparison.expected < 0.1


def logistic() -> Approximation:
    """Return dx = x (1 - x) as the network of one node whose argument is 1 - x, with fast nodes."""
    one = np.ones((1, 1))
    recurrent = RecurrentNetwork(("x",), one, np.zeros(1), -one, np.ones(1), gamma=0.01, mu=1e-3)
    return Approximation(
        Equations.parse("dx = x*(1 - x)"), Box((0.1,), (0.9,)), recurrent, (0.5,), (0.0,), (0.1,)
    )


def test_the_course_of_given_equations_is_their_closed_form() -> None:
    course = course_of(logistic(), [0.2], 5.0)
    exact = 0.2 / (0.2 + 0.8 * np.exp(-course.times))
    inside = exact <= 0.9
    assert not inside.all()
    np.testing.assert_allclose(course.given[inside, 0], exact[inside], atol=1e-6)
    assert np.isnan(course.given[~inside]).all()
    network = logistic().recurrent.network([0.2])
    run = simulate(network, 5.0, course.times)["x"]
    np.testing.assert_array_equal(course.found[run <= 0.9, 0], run[run <= 0.9])
    assert np.isnan(course.found[-1, 0])
    with pytest.raises(InvalidValueError, match="t_end = -1: it must be positive"):
        course_of(logistic(), [0.2], -1.0)


def test_a_network_that_grows_without_bound_has_no_course() -> None:
    one = np.ones((1, 1))
    runaway = RecurrentNetwork(("x",), 9.0 * one, np.zeros(1), 9.0 * one, np.ones(1), gamma=0.01, mu=1e-3)
    given = logistic()
    course = course_of(Approximation(given.equations, given.box, runaway, (0.5,), (0.0,), (0.1,)), None, 5.0)
    assert np.isnan(course.found[-1, 0])
    assert np.isfinite(course.given[0, 0])


def test_the_figure_of_one_variable_has_several_courses_and_the_slopes() -> None:
    courses, slopes = approximated_figure(logistic(), 2.0).axes
    first = course_of(logistic(), [0.14], 2.0)
    np.testing.assert_array_equal(points_of(courses.lines[0]), [first.times, first.given[:, 0]])
    np.testing.assert_array_equal(points_of(courses.lines[1]), [first.times, first.found[:, 0]])
    legend = courses.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["given", "x"]
    x, y = points_of(slopes.lines[1])
    np.testing.assert_allclose(y, x * (1.0 - x))


def test_the_figure_of_two_variables_has_their_plane() -> None:
    one = logistic()
    both = RecurrentNetwork(
        ("x", "y"), np.eye(2), np.zeros(2), -np.eye(2), np.ones(2), one.recurrent.gamma, one.recurrent.mu
    )
    equations = Equations.parse("dx = x*(1 - x); dy = y*(1 - y)")
    pair = Approximation(equations, Box((0.1, 0.1), (0.9, 0.9)), both, (0.2, 0.3), (0.0, 0.0), (0.1, 0.1))
    courses, plane = approximated_figure(pair, 2.0).axes
    course = course_of(pair, t_end=2.0)
    np.testing.assert_array_equal(points_of(courses.lines[3]), [course.times, course.found[:, 1]])
    np.testing.assert_array_equal(points_of(plane.lines[0]), course.given.T)
    np.testing.assert_array_equal(points_of(plane.lines[1]), course.found.T)
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("x", "y")


def test_a_network_that_grows_without_bound_is_drawn_until_it_leaves_the_box() -> None:
    growth = approximate_dynamics("dx = x", ["x=1:2"], nodes=2, starts=1)
    course = course_of(growth, [1.5])
    assert course.found.shape == course.given.shape == (len(course.times), 1)
    inside = np.isfinite(course.given[:, 0])
    assert course.times[inside][-1] == pytest.approx(np.log(2.0 / 1.5), abs=course.times[1])
    assert course.found[inside] == pytest.approx(course.given[inside], rel=0.02)
    assert np.isnan(course.found[-1, 0])
    assert approximated_figure(growth).axes
