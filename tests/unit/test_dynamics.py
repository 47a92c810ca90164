"""Reactions with given dynamics: equations, recurrent networks, and their training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralcrn.chemistry import parse_network
from neuralcrn.compiler.dna import compile_dna, suggest_conditions
from neuralcrn.engines import simulate
from neuralcrn.errors import InvalidValueError, NeuralCRNError, ParseError
from neuralcrn.formats import network_text
from neuralcrn.in_silico.dynamics import (
    Box,
    Equations,
    FixedPointLayers,
    RecurrentNetwork,
    approximate_dynamics,
    largest_exponent,
    return_map,
    roughness,
)
from neuralcrn.in_silico.dynamics.training import Target


def random_network(variables: int, nodes: int, seed: int = 0) -> RecurrentNetwork:
    rng = np.random.default_rng(seed)
    return RecurrentNetwork(
        tuple("xyz"[:variables]),
        rng.normal(0.0, 1.0, (variables, nodes)),
        np.array([0.0, 0.5, 0.2][:variables]),
        rng.normal(0.0, 1.0, (nodes, variables)),
        rng.normal(0.0, 1.0, nodes),
        gamma=0.7,
        mu=0.05,
    )


@pytest.mark.parametrize(("variables", "nodes"), [(1, 3), (2, 4), (3, 2)])
def test_reactions_have_the_rate_equations_of_the_network(variables: int, nodes: int) -> None:
    recurrent = random_network(variables, nodes)
    network = recurrent.network(np.ones(variables))
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.1, 2.0, variables), rng.uniform(0.1, 2.0, nodes)
    state = dict(zip(network.species, [*x, *y], strict=True))
    slopes = dict.fromkeys(network.species, 0.0)
    for reaction in network.reactions:
        flux = reaction.rate * np.prod([state[n] ** c for n, c in reaction.reactants.terms])
        for name, change in reaction.net_change.items():
            slopes[name] += change * flux
    exact_x = recurrent.beta + x * (recurrent.alpha @ y)
    exact_y = (recurrent.gamma + (recurrent.weights @ x + recurrent.bias) * y - y**2) / recurrent.mu
    assert list(slopes.values()) == pytest.approx([*exact_x, *exact_y])
    assert network.max_order == 2


def test_the_number_of_reactions_is_the_published_one() -> None:
    for variables, nodes in ((1, 3), (2, 6), (3, 5)):
        recurrent = random_network(variables, nodes)
        count = nodes * (2 * variables + 3) + int(np.count_nonzero(recurrent.beta))
        network = recurrent.network(np.ones(variables))
        assert network.counts == (variables + nodes, count)


def test_nodes_are_at_their_fixed_point() -> None:
    recurrent = random_network(2, 5)
    points = np.random.default_rng(2).uniform(0.1, 3.0, (20, 2))
    y = recurrent.rectified(points)
    u = points @ recurrent.weights.T + recurrent.bias
    assert (y > 0.0).all()
    assert recurrent.gamma + u * y - y**2 == pytest.approx(np.zeros_like(y), abs=1e-12)
    exact = recurrent.beta + points * (y @ recurrent.alpha.T)
    assert recurrent.field(points) == pytest.approx(exact)


def test_the_jacobian_is_that_of_finite_differences() -> None:
    equations = Equations.parse("dx = sin(x) - y; dy = x*y - 1")
    target = Target.of(equations, Box((0.5, 0.5), (2.0, 3.0)), 0.3, 1.0)
    p = target.first(3, np.random.default_rng(0))
    exact = target.jacobian(p, 3)
    for place in range(len(p)):
        step = np.zeros_like(p)
        step[place] = 1e-6
        difference = (target.errors(p + step, 3) - target.errors(p - step, 3)) / 2e-6
        assert exact[:, place] == pytest.approx(difference, rel=1e-5, abs=1e-6)


def test_a_bistable_system_has_its_attractors() -> None:
    found = approximate_dynamics("dx = sin(x)", ["x=1:12"], nodes=4, starts=6)
    ends = [
        simulate(found.recurrent.network([start]), 80.0, [80.0], rtol=1e-8).final[0]
        for start in (1.2, 5.5, 7.0, 11.5)
    ]
    assert ends == pytest.approx([np.pi, np.pi, 3.0 * np.pi, 3.0 * np.pi], abs=0.02)
    faster = replace(found.recurrent, mu=found.recurrent.mu / 2.0)
    again = simulate(faster.network([1.2]), 80.0, [80.0], rtol=1e-8).final[0]
    assert again == pytest.approx(ends[0], abs=1e-3)


def test_trajectories_approach_those_of_the_field_as_nodes_become_faster() -> None:
    found = approximate_dynamics("dx = x*(2 - x)", ["x=0.2:3"], nodes=3, starts=3, start={"x": 0.3})
    times = np.linspace(0.0, 3.0, 31)
    exact = 2.0 / (1.0 + (2.0 / 0.3 - 1.0) * np.exp(-2.0 * times))
    errors = [
        float(np.abs(simulate(replace(found.recurrent, mu=mu).network([0.3]), 3.0, times)["x"] - exact).max())
        for mu in (0.3, 0.03, 0.003)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.02


def test_the_network_is_exported_as_any_other() -> None:
    network = approximate_dynamics("dx = x*(2 - x)", ["x=0.2:3"], nodes=2, starts=1).network
    assert "<sbml" in network_text(network, "sbml")
    conditions = suggest_conditions(network)
    assert compile_dna(network, conditions).network.counts.reactions > network.counts.reactions


def test_the_same_seed_gives_the_same_network() -> None:
    first, second = (approximate_dynamics("dx = 1 - x", ["x=0.2:3"], nodes=2, starts=2) for _ in range(2))
    assert first.network == second.network
    other = approximate_dynamics("dx = 1 - x", ["x=0.2:3"], nodes=2, starts=1, seed=5)
    assert other.network != first.network


def test_weights_are_rounded_on_request_only() -> None:
    plain = approximate_dynamics("dx = 1 - x", ["x=0.2:3"], nodes=2, starts=1)
    rounded = approximate_dynamics("dx = 1 - x", ["x=0.2:3"], nodes=2, starts=1, decimals=1)
    assert (np.round(10.0 * rounded.recurrent.alpha) == 10.0 * rounded.recurrent.alpha).all()
    assert (rounded.recurrent.alpha != plain.recurrent.alpha).any()
    assert rounded.rms[0] >= plain.rms[0]


def test_node_names_differ_from_those_of_variables() -> None:
    found = approximate_dynamics("dY = 1 - Y; dZ = Y - Z", ["Y=0.2:3", "Z=0.2:3"], nodes=2, starts=1)
    assert found.network.species == ("Y", "Z", "YY1", "YY2")


def test_the_result_is_labelled_as_trained_in_silico() -> None:
    found = approximate_dynamics("dx = 1 - x", ["x=0.2:3"], nodes=1, starts=1)
    assert "trained in silico" in str(found)
    assert found.to_json()["trained"] == "in silico"


@pytest.mark.parametrize(
    ("equations", "box", "message"),
    [
        ("x = 1", ["x=1:2"], "write it as 'dx = formula'"),
        ("dx = 1; dx = 2", ["x=1:2"], "dx is given twice"),
        ("dx = y", ["x=1:2"], "dx contains y, which has no equation"),
        ("", ["x=1:2"], "0 equations"),
        ("dx = -x", ["x=2:1"], "the second is the larger"),
        ("dx = -x", ["x=0:1"], "concentrations are positive"),
        ("dx = -x", ["x=one:2"], "LOW:HIGH"),
        ("dx = -x", ["y=1:2"], "bound of y"),
        ("dx = -x", [], "no bound for x"),
        ("dx = log(x - 1)", ["x=0.5:2"], "dx is nan at x = 0.5"),
    ],
)
def test_bad_equations_and_boxes_are_refused(equations: str, box: list[str], message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        approximate_dynamics(equations, box)


@pytest.mark.parametrize(
    "options",
    [
        {"nodes": 0},
        {"mu": 0.0},
        {"gamma": -1.0},
        {"beta": -1.0},
        {"starts": 0},
        {"decimals": -1},
        {"start": {"y": 1}},
    ],
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError, match=next(iter(options))):
        approximate_dynamics("dx = 1 - x", ["x=0.2:3"], **options)  # pyright: ignore


def test_an_unreadable_formula_is_shown_with_its_place() -> None:
    with pytest.raises((ParseError, NeuralCRNError), match="sin"):
        approximate_dynamics("dx = sinn(x)", ["x=1:2"])


def test_the_largest_exponent_is_that_of_linear_networks() -> None:
    starts = "A @initial 1\nB @initial 1\nC @initial 1"
    both = parse_network(f"A -> 0 [k = 0.3]\nB -> 2B [k = 0.2]\nC -> 0 [k = 2]\n{starts}")
    assert largest_exponent(both, 30.0, 2.0, 10) == pytest.approx(0.2, abs=1e-4)
    with pytest.raises(InvalidValueError, match="positive"):
        largest_exponent(both, 0.0, 1.0, 5)
    with pytest.raises(InvalidValueError, match="nothing is present"):
        largest_exponent(parse_network("A -> 0"), 1.0, 1.0, 5)


def test_a_limit_cycle_has_exponent_zero() -> None:
    """The Brusselator with A = 1, B = 3."""
    text = "0 -> X [k = 1]\n2X + Y -> 3X [k = 1]\nX -> Y [k = 3]\nX -> 0 [k = 1]\nX @initial 1\nY @initial 1"
    assert largest_exponent(parse_network(text), 50.0, 5.0, 60) == pytest.approx(0.0, abs=0.02)


def test_a_return_map_that_is_a_curve_is_smooth() -> None:
    x = [0.3]
    for _ in range(400):
        x.append(3.9 * x[-1] * (1.0 - x[-1]))
    pairs = np.stack([x[:-1], x[1:]], axis=1)
    rng = np.random.default_rng(0)
    assert roughness(pairs) < 0.1
    assert roughness(rng.random((400, 2))) == pytest.approx(1.0, abs=0.15)
    assert return_map(np.sin(np.linspace(0.0, 50.0, 5001))) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_layers_of_fixed_points_compute_their_network(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = (2, 4, 3, 2)
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    weights, biases = [rng.normal(0, 1, s) for s in shapes], [rng.normal(0, 1, s[0]) for s in shapes]
    layers = FixedPointLayers.of(weights, biases, h=0.1)
    x = rng.uniform(0.1, 2.0, 2)
    run = simulate(layers.network(x), 200.0, [200.0], rtol=1e-9)
    assert run.final[-2:] == pytest.approx(layers.exact(x), rel=1e-5)
    assert run.final[:2] == pytest.approx(x)  # inputs are held
    assert layers.network(x).max_order == 2


def test_nodes_approach_their_fixed_point_at_the_stated_rate() -> None:
    u, h = -1.5, 0.4
    node = FixedPointLayers.of([[[u]]], [[0.0]], h=h)
    times = np.linspace(0.0, 4.0, 41)
    distance = node.exact([1.0])[0] - simulate(node.network([1.0]), 4.0, times, rtol=1e-11)["Y1_1"]
    late = -np.polyfit(times[20:], np.log(distance[20:]), 1)[0]
    assert late == pytest.approx(np.sqrt(u**2 + 4.0 * h), rel=1e-2)


def test_a_sharp_rectifier_is_the_usual_one() -> None:
    layer = FixedPointLayers.of([[[1.0, -1.0], [-1.0, 1.0]]], [[0.0, 0.0]], h=1e-10)
    assert layer.exact([3.0, 1.0]) == pytest.approx([2.0, 0.0], abs=1e-9)
    assert (layer.exact([3.0, 1.0]) > 0.0).all()


@pytest.mark.parametrize(
    ("weights", "biases", "h", "message"),
    [
        ([[[1.0]]], [[0.0]], 0.0, "h = 0"),
        ([[[1.0]], [[1.0, 2.0]]], [[0.0], [0.0]], 1.0, "layer 2: weights of shape"),
        ([[[1.0]]], [[0.0, 1.0]], 1.0, "layer 1"),
        ([[[np.inf]]], [[0.0]], 1.0, "finite"),
        ([], [], 1.0, "at least one layer"),
    ],
)
def test_bad_layers_are_refused(weights: list[object], biases: list[object], h: float, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        FixedPointLayers.of(weights, biases, h)
