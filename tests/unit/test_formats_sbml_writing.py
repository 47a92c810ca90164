"""SBML as it is written: what libSBML says of it, what it says of itself."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import networks

from neuralcrn.chemistry import Crossing, Dosing, Network, parse_network
from neuralcrn.chemistry.network import RATE_LAW
from neuralcrn.errors import InvalidValueError, NetworkError
from neuralcrn.formats import write_sbml

libsbml: Any = pytest.importorskip("libsbml")

NOTE = "{http://www.w3.org/1999/xhtml}p"
SPECIES = st.sampled_from(("A", "pot", "time", "rises_1", "dose_1"))


@st.composite
def doses(draw: st.DrawFn) -> Dosing:
    """Return a dosing of a few species at any moment."""
    when = draw(st.floats(0.0, 1e6) | st.builds(Crossing, SPECIES, st.floats(0.0, 1e3)))
    added = draw(st.dictionaries(SPECIES, st.floats(0.0, 1e300), max_size=3))
    withdrawn = draw(st.sets(SPECIES.filter(lambda name: name not in added), max_size=2))
    return Dosing(when, tuple(added.items()), tuple(withdrawn), draw(st.integers(1, 100)))


@settings(max_examples=50)
@given(networks(), st.lists(doses(), max_size=4))
def test_libsbml_has_nothing_to_say(network: Network, chosen: list[Dosing]) -> None:
    """No error, and no warning either: names, units, mathematics and style are right."""
    dosed = network | parse_network("A + pot + time -> rises_1 + dose_1")
    document = libsbml.readSBMLFromString(write_sbml(dosed, doses=chosen, seed=3))
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    counts = [document.getModel().getNumSpecies(), document.getModel().getNumReactions()]
    assert counts == [*dosed.counts]


def test_identifiers_do_not_collide_with_species() -> None:
    """A species may be called like the compartment, the constant, the model, a reaction or an event.

    With the identifier of the compartment twice, libRoadRunner does not refuse: it crashes.
    """
    network = parse_network("pot + reaction_1 + k -> network + dose_1 + rises_1 + rise_1")
    root = ElementTree.fromstring(write_sbml(network, doses=[Dosing(Crossing("k", 1.0), (("pot", 1.0),))]))
    identifiers = Counter(e.get("id") for e in root.iter() if e.get("id") is not None)
    assert identifiers.most_common(1)[0][1] == 1
    assert {*network.species} < {*identifiers}


def test_file_says_where_it_comes_from_and_what_its_laws_mean() -> None:
    root = ElementTree.fromstring(write_sbml(parse_network("A -> B"), seed=7))
    notes = [e.text or "" for e in root.iter(NOTE)]
    for expected in (version("neuralcrn"), RATE_LAW, "seed: 7"):
        assert any(expected in note for note in notes), expected
    without = ElementTree.fromstring(write_sbml(parse_network("A -> B")))
    assert not any("seed" in (e.text or "") for e in without.iter(NOTE))


def test_labels_are_names_of_reactions_whatever_is_in_them() -> None:
    label = "\"><script>&lt;]]>'é∂"
    network = Network.of([parse_network("A -> B").reactions[0].labelled(label)])
    model = libsbml.readSBMLFromString(write_sbml(network)).getModel()
    assert model.getReaction(0).getName() == label


@pytest.mark.parametrize(
    "dosing",
    [Dosing(1.0, (("X", 1.0),)), Dosing(1.0, (), ("X",)), Dosing(Crossing("X", 1.0), (("A", 1.0),))],
)
def test_dosing_of_what_is_not_there_is_refused(dosing: Dosing) -> None:
    with pytest.raises(NetworkError, match=r"dosing 2.*X"):
        write_sbml(parse_network("A -> B"), doses=[Dosing(0.0, (("A", 1.0),)), dosing])


@pytest.mark.parametrize(
    "arguments",
    [
        {"when": -1.0},
        {"when": float("nan")},
        {"when": Crossing("A B", 1.0)},
        {"when": Crossing("A", float("inf"))},
        {"when": 1.0, "added": (("A", -1.0),)},
        {"when": 1.0, "added": (("A;", 1.0),)},
        {"when": 1.0, "added": (("A", 1.0), ("A", 2.0))},
        {"when": 1.0, "added": (("A", 1.0),), "withdrawn": ("A",)},
        {"when": 1.0, "withdrawn": ("<A>",)},
        {"when": Crossing("A", 1.0), "count": 0},
    ],
)
def test_dosing_that_nobody_could_do_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError):
        Dosing(**arguments)
