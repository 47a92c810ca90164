"""SBML with formulas of its parameters: at any values it is the model with these values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuralcrn.algebra import parse_expression
from neuralcrn.chemistry import Network, parse_parametric
from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError
from neuralcrn.formats import ParametricModel, read_sbml, read_sbml_model, read_sbml_parametric, write_sbml
from neuralcrn.formats.antimony import antimony_to_sbml

REVERSIBLE = "A -> B; kf*A - kr*B; kf = 2; kr = 0; A = 1; B = 0"
RULES = """
k2 := sqrt(k1)/(1 + k3/k4); total := A + 3*B
A -> B; k2*A; B -> ; power(k3, 1.5)*log10(10 + k4)*exp(k1 - ln(k4))*B
k1 = 2; k3 = 0.3; k4 = 5; A = a0*k1; a0 = 4; B = 0.1
"""
VOLUMES = """
compartment cell = 2, nucleus = 0.5; species A in cell, B in nucleus
A -> B; cell*k*A; A + B -> ; nucleus*m*B*A/w; k = 0.3; m = 1; w = 3; A = 1; B = 2
"""
INPUT = "A -> B; u*exp(-d*time)*A; u = 2; d = 0.7; A = 1; B -> A; (k + m*time)*B; k = 1; m = 0.1; B = 0"
FUNCTION = """
function half(x, y)
  x*y/2;
end
model doc()
2A -> B; half(k, A)*A;  -> A; abs(-k)*tanh(m) + max(2, 3); k = 0.4; m = 1; A = 1; B = 0
end
"""
RATES = "A' = k*B - m*A; B' = m*A - k*B*(1 + A); k = 2; m = 0.5; A = 1; B = 0.2"
PULSE = """
A -> B; k*piecewise(high, time < off, low)*A; k = 1; high = 2; low = 0.1; off = 3; A = 1; B = 0
at (time >= 5): A = A + dose; dose = 2
"""
MODELS = (REVERSIBLE, RULES, VOLUMES, INPUT, FUNCTION, RATES, PULSE)


def read(text: str, **options: object) -> ParametricModel:
    return read_sbml_parametric(antimony_to_sbml(text, "model"), "model", **options)  # type: ignore[arg-type]


def constants(network: Network) -> list[float]:
    return [*(reaction.rate for reaction in network.reactions), *network.initial]


@pytest.mark.parametrize("text", MODELS)
def test_at_any_values_it_is_the_model_with_these_values(text: str) -> None:
    rng = np.random.default_rng(1)
    model = read(text)
    assert model.names
    for _ in range(5):
        values = {name: float(rng.uniform(0.2, 3.0)) for name in model.network.parameters}
        changes = {name: values[parameter] for name, parameter in model.names.items()}
        expected = read_sbml_model(antimony_to_sbml(text, "model"), changes=changes).network
        network = model.network.at(values)
        assert network.species == expected.species
        assert [r.k(1.0) for r in network.reactions] == [r.k(1.0) for r in expected.reactions]
        assert constants(network) == pytest.approx(constants(expected), rel=1e-13)


def test_all_numbers_vary_except_those_in_conditions_exponents_and_compartments() -> None:
    assert set(read(VOLUMES).names) == {"k", "m", "w", "A", "B"}
    pulse = read(PULSE)
    assert set(pulse.names) == {"k", "high", "low", "dose", "A"}
    assert not pulse.deciding
    assert set(read("A -> ; k*A^n; k = 2; n = 2; A = 1").names) == {"k", "A"}


def test_a_rate_constant_of_zero_keeps_its_reaction() -> None:
    network = read(REVERSIBLE).network
    assert [str(reaction) for reaction in network.network.reactions] == ["A -> B [k = 2]", "B -> A [k = 0]"]
    assert [str(rate) for rate in network.rates] == ["kf", "kr"]
    complement = read("A -> B; k*(1 - p)*A; k = 2; p = 1; A = 1; B = 0").network
    assert complement.at({"p": 0.25}).reactions[0].rate == 1.5


def test_only_the_chosen_names_vary() -> None:
    model = read(RULES, varying=["k4", "A"])
    assert model.network.parameters == ("k4", "A_0")
    assert model.network.nominal == (5.0, 8.0)
    with pytest.raises(UnknownNameError, match="species or parameter of the model 'k9'"):
        read(RULES, varying=["k9"])


def test_compartments_can_vary() -> None:
    sbml = antimony_to_sbml(VOLUMES, "model")
    model = read_sbml_parametric(sbml, varying=["cell", "k"])
    expected = read_sbml_model(sbml, changes={"cell": 7.0, "k": 0.1}).network
    assert constants(model.network.at({"cell": 7.0, "k": 0.1})) == pytest.approx(constants(expected))


def test_an_exponent_that_varies_is_refused() -> None:
    with pytest.raises(NetworkError, match="the exponent 2 of a species"):
        read("A -> ; k*A^n; k = 2; n = 2; A = 1", varying=["n"])


def test_symbols_have_formulas_of_species_and_parameters() -> None:
    rng = np.random.default_rng(2)
    model = read(RULES)
    assert str(model.formula("total")) == "A + 3*B"
    values = {name: float(rng.uniform(0.5, 2.0)) for name in (*model.network.parameters, "A", "B")}
    k2 = np.sqrt(values["k1"]) / (1.0 + values["k3"] / values["k4"])
    assert model.formula("k2").evaluate(values) == pytest.approx(k2)
    assert model.formula("_J0").evaluate(values) == pytest.approx(k2 * values["A"])
    volumes = read(VOLUMES)  # states are amounts, symbols are concentrations
    assert (volumes.unit, str(volumes.formula("B"))) == ("amount", "2*B")
    with pytest.raises(UnknownNameError, match="did you mean 'total'"):
        model.formula("totl")


def test_events_at_given_times_are_changes_of_the_state() -> None:
    model = read(PULSE, varying=["dose", "off", "k"])
    assert model.deciding == {"off"}
    (switched, changes), (dosed, dose) = model.timed_changes({"off": 2.5})[:2]
    assert (switched, dosed) == (2.5, 5.0)
    assert sorted(float(value.evaluate({})) for value in changes.values()) == [
        0.0,
        1.0,
    ]  # one switch for each piece
    assert dose["A"].evaluate({"A": 1.5, "dose": 0.25}) == 1.75


def test_events_that_are_no_changes_at_given_times_are_refused() -> None:
    with pytest.raises(NetworkError, match="depends on the state"):
        read("A -> ; k*A; k = 1; A = 1; at (A < 0.5): A = 1").timed_changes()
    with pytest.raises(NetworkError, match="has a delay"):
        read("A -> ; k*A; k = 1; A = 1; at 2 after (time > 1): A = 1").timed_changes()


def test_values_at_which_other_pieces_hold_are_refused() -> None:
    model = read("A -> ; piecewise(k, s > 0.5, 2*k)*A; k = 1; s = 1; A = 1", varying=["k", "s"])
    assert model.deciding == {"s"}
    assert model.timed_changes({"s": 0.75}) == ()
    with pytest.raises(NetworkError, match="conditions on s do not hold"):
        model.timed_changes({"s": 0.25})


@pytest.mark.parametrize("text", MODELS)
def test_it_is_written_with_its_parameters(text: str) -> None:
    network = read(text).network
    assert read_sbml_parametric(write_sbml(network), varying=network.parameters).network == network
    assert read_sbml(write_sbml(network)) == network.network


def test_a_function_that_sbml_lacks_is_not_written() -> None:
    network = parse_parametric("parameter k = 1\nA -> B [k = 1]")
    bessel = replace(network, rates=(parse_expression("j0(k)"),))
    with pytest.raises(InvalidValueError, match="SBML has no function j0"):
        write_sbml(bessel)
