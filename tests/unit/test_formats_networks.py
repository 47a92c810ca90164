"""Networks as JSON and SBML: nothing is lost, nothing is taken that is no network."""

from __future__ import annotations

import json
import math
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from tests.strategies import networks

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.errors import NeuralCRNError
from neuralcrn.formats import network_from_json, network_to_json, write_sbml

SBML = "{http://www.sbml.org/sbml/level3/version2/core}"
MATH = "{http://www.w3.org/1998/Math/MathML}"
VALID = network_to_json(parse_network("2A + B -> C [k = 3]\nA @initial 1"))


@given(networks())
def test_json_loses_nothing(network: Network) -> None:
    assert network_from_json(json.loads(json.dumps(network_to_json(network)))) == network


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "A -> B",
        {},
        {"species": {"A": 1.0}},
        {"reactions": []},
        {"species": ["A"], "reactions": []},
        {"species": {"A": "much"}, "reactions": []},
        {"species": {"A": -1.0}, "reactions": []},
        {"species": {"A": math.nan}, "reactions": []},
        {"species": {"A": math.inf}, "reactions": []},
        {"species": {"A; rm": 1.0}, "reactions": []},
        {"species": {"A": 1.0}, "reactions": [7]},
        {"species": {"A": 1.0}, "reactions": 7},
    ],
)
def test_json_that_holds_no_network_is_refused(data: Any) -> None:
    with pytest.raises(NeuralCRNError):
        network_from_json(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reactants", None),
        ("reactants", ["A"]),
        ("reactants", {"A": 0}),
        ("reactants", {"A": -1}),
        ("reactants", {"A": 0.5}),
        ("reactants", {"A": "2"}),
        ("reactants", {"A": True}),
        ("products", {"<b>": 1}),
        ("products", {"C": 10**9}),
        ("rate", "fast"),
        ("rate", None),
        ("rate", -1.0),
        ("rate", math.nan),
        ("rate", math.inf),
        ("label", 5),
        ("label", "two\nlines"),
    ],
)
def test_json_with_a_wrong_reaction_is_refused(key: str, value: Any) -> None:
    row = {**VALID["reactions"][0], key: value}
    with pytest.raises(NeuralCRNError):
        network_from_json({**VALID, "reactions": [row]})


@given(networks())
def test_sbml_holds_every_species_reaction_and_number(network: Network) -> None:
    model = ElementTree.fromstring(write_sbml(network))[0]
    species = {e.get("id"): float(e.get("initialConcentration", "")) for e in model.iter(f"{SBML}species")}
    assert species == dict(zip(network.species, network.initial, strict=True))
    compartment = next(model.iter(f"{SBML}compartment")).get("id")
    elements = list(model.iter(f"{SBML}reaction"))
    assert len(elements) == len(network.reactions)
    for element, reaction in zip(elements, network.reactions, strict=True):
        for tag, side in (("listOfReactants", reaction.reactants), ("listOfProducts", reaction.products)):
            references = element.findall(f"{SBML}{tag}/{SBML}speciesReference")
            held = {e.get("species"): int(e.get("stoichiometry", "")) for e in references}
            assert held == side.coefficients
        number = next(element.iter(f"{MATH}cn"))
        assert float(f"{(number.text or '').strip()}e{(number[0].tail or '').strip()}") == reaction.rate
        factors = sorted((e.text or "").strip() for e in element.iter(f"{MATH}ci"))
        molecules = [name for name, count in reaction.reactants.terms for _ in range(count)]
        assert factors == sorted([*molecules, compartment])


def test_sbml_identifiers_do_not_collide_with_species() -> None:
    """A species may be called like the compartment, the model or a reaction.

    With the identifier of the compartment twice, libRoadRunner does not refuse: it crashes.
    """
    network = parse_network("pot + reaction_1 -> network\npot @initial 2\nreaction_1 @initial 1")
    root = ElementTree.fromstring(write_sbml(network))
    identifiers = [e.get("id") for e in root.iter() if e.get("id") is not None]
    assert len(set(identifiers)) == len(identifiers)
