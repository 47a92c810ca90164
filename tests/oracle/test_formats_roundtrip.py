"""What is written in a format and read again is the same network, to the last bit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from tests.strategies import networks

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.formats import write_sbml
from neuralcrn.formats.sbml import read_sbml

pytest.importorskip("libsbml")

ODD = parse_network(
    "\n".join(
        (
            "pot + time -> k1 + S  # named like what formats need",
            "2X + E -> 3 X + E [k = 5e-324]  # <&> \"quoted\" 'é∂' // # \\",
            "0 -> A [k = 1e-300]",
            "A -> 0 [k = 0]",
            "k -> reaction_1 [k = 0.30000000000000004]",
            "E + A + A -> A + E + A [k = 1.7976931348623157e+308]",
            "A @initial 2.2250738585072009e-308",
            "k @initial 0.1",
            "S @initial 1e-300",
            "X @initial 5e-324",
        )
    )
)


def read_back(text: str) -> Network:
    """Read SBML as a file of deterministic laws."""
    return read_sbml(text, "memory", discrete=False)


@settings(max_examples=100)
@given(networks())
def test_sbml_loses_nothing(network: Network) -> None:
    assert read_back(write_sbml(network)) == network


def test_sbml_loses_no_odd_name_number_or_label() -> None:
    assert read_back(write_sbml(ODD)) == ODD
    assert math.nextafter(0.0, 1.0) in read_back(write_sbml(ODD)).initial
