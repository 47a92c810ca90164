"""Closed formulas of species and reactions against compiled programs and publication."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.cases import FAMILY_RULES, counted

from neuralcrn.circuits import FAMILIES, EquationFamily, make_circuit
from neuralcrn.compiler import Run
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.verify import (
    STRUCTURES,
    Dimensions,
    closed_counts,
    compare_with_published,
    dimensions_of,
    expected_counts,
    formula,
    has_closed_counts,
)

SHAPES: list[dict[str, Any]] = [
    {"inputs": 1},
    {"inputs": 2, "non_negative": False, "supply": -0.1},
    {"inputs": 2, "supply": 0.1, "trained_readout": True},
    {"inputs": 2, "outputs": 3, "learning_rate": 1.0},
    {"inputs": 3, "hidden": 5, "non_negative": False, "supply": 0.2},
]
UPDATES: list[dict[str, Any]] = [
    {},
    {"update": "accumulate"},
    {"update": "accumulate", "learning_rate": 1.0, "decay": 1e-3},
    {"update": "direct", "decay": 1e-3},
    {"update": "transfer", "batch": 3, "momentum": 0.5},
    {"optimiser": "chop"},
    {"optimiser": "chop", "decay": 1e-3},
    {"optimiser": "chop", "batch": 4},
    {"optimiser": "chop", "momentum": 0.5, "decay": 1e-3},
    {"loss": "squared-hinge"},
    {"loss": "squared-hinge", "optimiser": "chop"},
]
LAYERS: list[dict[str, Any]] = [
    {"inputs": 1, "hidden": 1},
    {"inputs": 2, "hidden": [3], "outputs": 2, "non_negative": False},
    {"inputs": 3, "hidden": [3, 1]},
    {"inputs": 2, "hidden": [2, 3, 1, 2], "outputs": 3, "non_negative": False},
]


FORMULAS = ("exact", "frozen", "first-order", "linear-reversal", "backpropagation")
"""Learning rules with closed formulas."""
COUNTED = [(name, rule) for name, rule in FAMILY_RULES if rule in FORMULAS]


@pytest.mark.parametrize(("name", "mode"), COUNTED)
def test_every_family_has_closed_counts(name: str, mode: str) -> None:
    assert has_closed_counts(make_circuit(name, rule=mode))


@pytest.mark.parametrize(("name", "mode"), [case for case in COUNTED if case[0] in STRUCTURES])
def test_formulas_count_what_is_compiled(name: str, mode: str) -> None:
    for options in SHAPES:
        family = FAMILIES[name]
        assert isinstance(family, EquationFamily)
        if "supply" in options and "+ h " not in family.equation:
            options = {key: value for key, value in options.items() if key != "supply"}
        if family.accumulated and {"trained_readout", "outputs"} & set(options):
            continue
        circuit = make_circuit(name, rule=mode, **options)
        assert expected_counts(circuit) == counted(circuit), options


@pytest.mark.parametrize("options", UPDATES)
@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_formulas_count_every_update(name: str, options: dict[str, Any]) -> None:
    for outputs in (1, 2) if name != "minimal" else (1,):
        circuit = make_circuit(name, 2, outputs=outputs, **options)
        assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize("options", UPDATES)
def test_formula_counts_support_vector_machines(options: dict[str, Any]) -> None:
    for shape in ({"inputs": 1}, {"inputs": 3, "outputs": 2, "non_negative": False}):
        circuit = make_circuit("svm", **shape, **options)
        assert expected_counts(circuit) == counted(circuit)


@pytest.mark.parametrize("options", UPDATES)
@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "squared-relu"])
@pytest.mark.parametrize("name", ["perceptron", "random-features"])
def test_formulas_count_layers(name: str, activation: str, options: dict[str, Any]) -> None:
    for shape in LAYERS:
        if name == "random-features" and isinstance(shape["hidden"], list) and len(shape["hidden"]) > 1:
            continue
        circuit = make_circuit(name, activation=activation, **shape, **options)
        assert expected_counts(circuit) == counted(circuit), shape


@pytest.mark.parametrize("name", ["perceptron", "random-features", "mixing"])
@pytest.mark.parametrize(("options", "gradients"), [({}, 0), ({"batch": 2}, 1), ({"momentum": 0.5}, 1)])
def test_cost_of_the_chopper(name: str, options: dict[str, Any], gradients: int) -> None:
    """2 O species and 4 O + 2 P reactions, and 2 P of each to collect gradients."""
    plain, chopped = (
        make_circuit(name, 3, outputs=2, update="transfer", optimiser=optimiser, **options).compile()
        for optimiser in ("plain", "chop")
    )
    parameters = len(plain.circuit.trained_parameters)
    assert len(chopped.species) - len(plain.species) == 2 * 2 + 2 * parameters * gradients
    added = 4 * 2 + 2 * parameters * (1 + gradients)
    assert chopped.reaction_count - plain.reaction_count == added
    assert len(chopped.phases) - len(plain.phases) == 3 + gradients
    runs = [sum(isinstance(step, Run) for step in p.protocol(0)) for p in (plain, chopped)]
    assert runs[1] - runs[0] == 1 + gradients


def test_a_supply_that_no_equation_has_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="has no supply h"):
        make_circuit("cubic", supply=0.1)


def test_negative_supply_takes_two_rails() -> None:
    supplies = [make_circuit("quadratic", supply=supply) for supply in (0.0, 0.1, -0.1)]
    assert [dimensions_of(circuit).supply_rails for circuit in supplies] == [0, 1, 2]
    species = [circuit.compile().phase("feedforward").network.species for circuit in supplies]
    assert "h" in species[1]
    assert {"h_p", "h_n"} <= set(species[2])


@pytest.mark.parametrize("states", [1, 2, 3, 5, 10])
@pytest.mark.parametrize(
    ("name", "mode", "supply", "phase", "published"),
    [
        ("quadratic", "exact", 2, "feedforward", (0, 9)),
        ("quadratic", "exact", 2, "feedback", (0, 17)),
        ("quadratic", "first-order", 2, "feedback", (0, 4)),
        ("quadratic-dense", "exact", 2, "feedforward", (4, 5)),
        ("quadratic-dense", "exact", 2, "feedback", (8, 9)),
        ("quadratic-dense", "first-order", 2, "feedback", (4, 0)),
        ("cubic", "exact", 0, "feedforward", (4, 3)),
        ("cubic-quadratic", "linear-reversal", 0, "feedforward", (4, 3)),
        ("cubic-quadratic", "linear-reversal", 0, "feedback", (8, 5)),
        ("smooth-relu", "exact", 2, "feedforward", (8, 9)),
    ],
)
def test_published_constructions_have_published_counts(
    states: int, name: str, mode: str, supply: int, phase: str, published: tuple[int, int]
) -> None:
    circuit = make_circuit(
        name,
        inputs=states,
        hidden=states,
        rule=mode,
        supply=-0.1 if supply else 0.0,
        non_negative=False,
    )
    square, linear = published
    network = circuit.compile().phase(phase).network
    assert len(network.reactions) == square * states**2 + linear * states


@pytest.mark.parametrize("row", compare_with_published(), ids=lambda row: f"{row.circuit}-{row.phase}")
def test_comparisons_extrapolate_and_give_reasons(row: Any) -> None:
    # the reason says so where one rail is enough
    single = "one rail" in row.why
    supply = 0.0
    if row.circuit in ("linear", "quadratic", "quadratic-dense", "smooth-relu") and row.phase != "readout":
        supply = 0.1 if single else -0.1
    circuit = make_circuit(row.circuit, inputs=7, hidden=7, rule=row.rule, supply=supply, non_negative=single)
    phases = {phase.name: len(phase.network.reactions) for phase in circuit.compile().phases}
    square, linear, constant = row.ours
    assert phases.get(row.phase, 0) == square * 49 + linear * 7 + constant
    assert row.verdict == "equal" or row.why


def test_more_states_take_more_chemistry() -> None:
    grow = [closed_counts("mixing", Dimensions(states=n, inputs=2, bias=True))["program"] for n in (2, 4, 8)]
    assert all(a.species < b.species and a.reactions < b.reactions for a, b in itertools.pairwise(grow))


def test_first_order_grows_linearly_and_a_matrix_quadratically() -> None:
    def total(name: str, mode: str, n: int) -> int:
        return closed_counts(name, Dimensions(states=n, inputs=n, rule=mode))["program"].reactions

    for name, power in (("quadratic", 1), ("quadratic-dense", 2)):
        ratio = total(name, "first-order", 2000) / total(name, "first-order", 1000)
        assert ratio == pytest.approx(2.0**power, rel=1e-2)


def test_unknown_family_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'quadratic'"):
        closed_counts("quadratc", Dimensions(states=1, inputs=1))


def test_formula_leaves_out_zeros() -> None:
    assert [formula(c) for c in ((1, 0, 0), (0, 0, 3), (2, 1, 1))] == ["1N²", "3", "2N² + 1N + 1"]
