"""Files read with other values: what is computed from them follows, names that are none are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuralcrn.chemistry import Network, parse_network
from neuralcrn.errors import NeuralCRNError
from neuralcrn.formats import read_models, write_sbml

TEXT = "parameter k1 = 2\nA -> B [k = k1]  # make\nB -> 0 [k = 3]\nB -> A [k = 4]\nA @initial 1\n"
ANTIMONY = """
compartment c = 2;
species A in c, B in c;
A = 3; B = half; half = A/2;
k1 = 2; k2 := 2*k1;
make: A -> B; c*k1*A;
back: B -> A; c*k2*B;
"""


def changed(path: Path, text: str, changes: Mapping[str, float]) -> Network:
    path.write_text(text)
    return read_models(path, changes=[changes])[0].network


def rates(network: Network) -> list[float]:
    return [reaction.rate for reaction in network.reactions]


@pytest.mark.parametrize(
    ("changes", "constants", "initial"),
    [
        ({}, [2.0, 3.0, 4.0], (1.0, 0.0)),
        ({"k1": 5.0}, [5.0, 3.0, 4.0], (1.0, 0.0)),
        ({"make.k": 6.0, "B": 0.5}, [6.0, 3.0, 4.0], (1.0, 0.5)),
        ({"reaction_2.k": 7.0, "A": 0.0}, [2.0, 7.0, 4.0], (0.0, 0.0)),
    ],
)
def test_reaction_text(
    changes: Mapping[str, float], constants: list[float], initial: tuple[float, ...], tmp_path: Path
) -> None:
    network = changed(tmp_path / "a.crn", TEXT, changes)
    assert rates(network) == constants
    assert network.initial == initial


@pytest.mark.parametrize(
    ("changes", "constants", "initial"),
    [
        ({}, [2.0, 4.0], (3.0, 1.5)),
        ({"k1": 5.0}, [5.0, 10.0], (3.0, 1.5)),  # an assignment rule follows
        ({"A": 1.0}, [2.0, 4.0], (1.0, 0.5)),  # so do initial assignments
        ({"half": 4.0}, [2.0, 4.0], (3.0, 4.0)),
        ({"B": 7.0}, [2.0, 4.0], (3.0, 7.0)),
    ],
)
def test_antimony(
    changes: Mapping[str, float], constants: list[float], initial: tuple[float, ...], tmp_path: Path
) -> None:
    network = changed(tmp_path / "a.ant", ANTIMONY, changes)
    assert rates(network) == constants
    assert network.initial == initial


def test_a_compartment_of_another_size_makes_amounts_other_concentrations(tmp_path: Path) -> None:
    text = "compartment c = 2; substanceOnly species A in c = 6; J: A -> ; 0.5*A;"
    (tmp_path / "a.ant").write_text(text)
    small, large = read_models(tmp_path / "a.ant", changes=[{}, {"c": 4.0}])
    for model, size in ((small, 2.0), (large, 4.0)):
        assert model.sizes == (size,)
        assert model.network.initial == (6.0,)
        assert model.meanings == ("amount",)


def test_local_parameters_of_sbml_and_numbers_of_text_have_one_name(tmp_path: Path) -> None:
    network = parse_network("A -> B [k = 2]\nB -> A [k = 3]\nA @initial 1")
    change = {"reaction_2.k": 7.0, "A": 4.0}
    for name, text in (("a.xml", write_sbml(network)), ("a.crn", str(network))):
        made = changed(tmp_path / name, text, change)
        assert rates(made) == [2.0, 7.0]
        assert made.initial == (4.0, 0.0)


@pytest.mark.parametrize(
    ("name", "text", "changes", "word"),
    [
        ("a.crn", TEXT, {"k2": 1.0}, "unknown species or parameter 'k2': Known: A, B, k1, make.k"),
        ("a.crn", TEXT, {"k": 1.0}, r"reaction_1.k"),
        ("a.crn", TEXT, {"k1": -1.0}, "k1 is -1"),
        ("a.crn", TEXT, {"k1": float("inf")}, "k1 is inf"),
        ("a.crn", TEXT, {"A": -1.0}, "A is -1"),
        ("a.ant", ANTIMONY, {"k2": 1.0}, "k2 is computed by a rule"),
        ("a.ant", ANTIMONY, {"k3": 1.0}, "unknown species or parameter 'k3'"),
        ("a.ant", ANTIMONY, {"k1": float("nan")}, "k1 = nan"),
        ("a.ant", ANTIMONY, {"A": -1.0}, "A is -1"),
    ],
)
def test_what_cannot_be_changed_is_refused(
    name: str, text: str, changes: Mapping[str, float], word: str, tmp_path: Path
) -> None:
    with pytest.raises(NeuralCRNError, match=word):
        changed(tmp_path / name, text, changes)
