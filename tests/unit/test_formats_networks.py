"""Networks as JSON: nothing is lost, other values are rejected."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from tests.strategies import networks

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.errors import NeuralCRNError
from neuralcrn.formats import network_from_json, network_to_json

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
