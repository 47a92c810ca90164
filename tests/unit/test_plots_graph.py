"""Pictures of networks: every species, reaction and role is there, nothing overlaps, nothing runs."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from tests.strategies import networks

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import network_svg

SVG = "{http://www.w3.org/2000/svg}"


def elements(picture: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture).iter(f"{SVG}{tag}"))


def edges(picture: str) -> list[ElementTree.Element]:
    return [path for path in elements(picture, "path") if "edge" in path.get("class", "")]


@given(networks())
@settings(max_examples=20)
def test_every_species_and_reaction_is_shown_and_no_boxes_overlap(network: Network) -> None:
    picture = network_svg(network)
    titles = "\n".join(title.text or "" for title in elements(picture, "title")).splitlines()
    for reaction in network.reactions:
        titles.remove(str(reaction))
    assert len(titles) == len(network.species)
    boxes = [
        tuple(float(rect.get(key, "")) for key in ("x", "y", "width", "height"))
        for rect in elements(picture, "rect")
        if rect.get("class") == "species"
    ]
    assert len(boxes) == len(network.species)
    for (x, y, width, height), (x2, y2, width2, height2) in combinations(boxes, 2):
        assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
    root = ElementTree.fromstring(picture)
    for x, y, width, height in boxes:
        assert min(x, y) >= 0
        assert x + width <= float(root.get("width", ""))
        assert y + height <= float(root.get("height", ""))


def test_roles_are_told_apart() -> None:
    picture = network_svg(parse_network("E + S -> E + 2P"))
    kinds = [(path.get("class"), path.get("marker-end") is not None) for path in edges(picture)]
    assert sorted(kinds) == [("edge", False), ("edge", True), ("edge catalyst", False)]
    assert "2" in [text.text for text in elements(picture, "text")]


def test_a_reaction_and_its_reverse_share_a_dot_with_arrows_on_both_sides() -> None:
    picture = network_svg(parse_network("A + B <-> C [kf = 2, kr = 3]"))
    assert len(elements(picture, "circle")) == 1
    assert [path.get("marker-end") for path in edges(picture)] == ["url(#arrow)"] * 3
    assert "2, 3" in [text.text for text in elements(picture, "text")]
    # A -> A is its own reverse, and three reactions make one pair
    assert len(elements(network_svg(parse_network("A -> A\nA -> B\nB -> A\nA -> B")), "circle")) == 3


def test_names_are_mathematics_and_labels_are_no_markup() -> None:
    hostile = Reaction.of({"theta1_p": 1}, {"x_n": 1}, label='</title><script>alert("1")</script>&')
    picture = network_svg(Network.of([hostile]))
    assert {element.tag for element in ElementTree.fromstring(picture).iter()} == {
        f"{SVG}{tag}"
        for tag in "svg desc style defs marker path rect circle g title text tspan".split()  # noqa: SIM905
    }
    assert "θ" in picture
    assert elements(picture, "tspan")[0].text == "1"


def test_the_same_network_gives_the_same_picture_in_another_process() -> None:
    text = "A + B -> C\\nC -> A + D\\nD <-> 0\\nF -> 2F"
    code = (
        "from neuralcrn.chemistry import parse_network; from neuralcrn.plots import network_svg; "
        f"print(network_svg(parse_network('{text}')), end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == network_svg(parse_network(text.replace("\\n", "\n")))


def test_a_network_too_large_for_a_picture_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="101 reactions"):
        network_svg(parse_network("\n".join(f"A -> B{i}" for i in range(101))))


def test_without_networkx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(InvalidValueError, match=r"neuralcrn\[draw\]"):
        network_svg(parse_network("A -> B"))
