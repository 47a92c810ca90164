"""What is written in a format and read again is the same network, to the last bit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import networks

from neuralcrn.chemistry import Complex, Network, Reaction, parse_network
from neuralcrn.formats.antimony import antimony_to_sbml, write_antimony
from neuralcrn.formats.antimony.writing import _WORDS
from neuralcrn.formats.sbml import read_sbml, write_sbml

pytest.importorskip("libsbml")
pytest.importorskip("antimony")

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


def fitted(network: Network) -> Network:
    """Return a network like this one with names and numbers that Antimony can express."""

    def name(old: str) -> str:
        return f"{old}_0" if old in _WORDS else old

    def number(old: float) -> float:
        return old and min(max(old, 1e-290), 1e300)

    def side(old: Complex) -> Complex:
        return Complex(tuple((name(species), count) for species, count in old.terms))

    reactions = (
        Reaction(side(old.reactants), side(old.products), number(old.rate), old.label)
        for old in network.reactions
    )
    return Network(tuple(map(name, network.species)), tuple(reactions), tuple(map(number, network.initial)))


@settings(max_examples=40)
@given(networks().map(fitted))
def test_antimony_loses_nothing(network: Network) -> None:
    assert read_back(antimony_to_sbml(write_antimony(network), "memory")) == network


@settings(max_examples=300)
@given(st.floats(1e-290, 1e300))
def test_numbers_in_antimony_are_sums_of_numbers_of_fifteen_digits(value: float) -> None:
    """What libAntimony reads and libSBML writes with 15 digits adds up to the same double."""
    text = write_antimony(Network.of([], {"A": value})).splitlines()[-2]
    whole, _, rest = text.partition("A = ")[2].rstrip(";").replace("- ", "+ -").partition("+ ")
    parts = [float(f"{float(part):.15g}") for part in (whole, rest or "0")]
    assert sum(parts) == value
    assert [repr(part) for part in parts] == [repr(float(part)) for part in (whole, rest or "0")]
