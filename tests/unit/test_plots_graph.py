"""Pictures of networks: every species, reaction, role and number is there, nothing overlaps, nothing runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from tests.strategies import networks

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.errors import InvalidValueError
from neuralcrn.plots import network_figure, network_svg

SVG = "{http://www.w3.org/2000/svg}"
KINDS = (FancyBboxPatch, Circle, FancyArrowPatch)


def patches(figure: Figure, kind: type) -> list:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def extents(figure: Figure, artists: Sequence) -> list[Bbox]:
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [artist.get_window_extent(renderer) for artist in artists]


def titles(picture: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(picture).iter(f"{SVG}title")]


def overlapping(boxes: Sequence[Bbox], slack: float = 0.0) -> int:
    return sum(
        a.x0 + slack < b.x1 and b.x0 + slack < a.x1 and a.y0 + slack < b.y1 and b.y0 + slack < a.y1
        for a, b in combinations(boxes, 2)
    )


@given(networks())
@settings(max_examples=4, deadline=None)
def test_every_species_and_reaction_is_shown_whole_and_no_boxes_overlap(network: Network) -> None:
    told = "\n".join(titles(network_svg(network))).splitlines()
    for reaction in network.reactions:
        told.remove(str(reaction))
    assert len(told) == len(network.species)
    figure = network_figure(network)
    boxes = extents(figure, patches(figure, FancyBboxPatch))
    assert len(boxes) == len(network.species)
    assert overlapping(boxes) == 0
    drawn = [*figure.axes[0].texts, *(p for kind in KINDS for p in patches(figure, kind))]
    for box in extents(
        figure, [artist for artist in drawn if not (isinstance(artist, Text) and not artist.get_text())]
    ):
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


NAMED = {
    "enzyme": parse_network("E + S <-> ES\nES -> E + P [k = 0.1]\n2P + 3S -> Q [k = 1e-7]"),
    "prey": parse_network("A -> 2A\nA + B -> 2B [k = 0.5]\nB -> 0\n0 -> A"),
    "circuit": make_circuit("quadratic").compile().phases[0].network,
    "clock": CLOCKS.find("restored-5").network,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_numbers_stand_beside_what_they_name_and_hide_nothing(name: str) -> None:
    figure = network_figure(NAMED[name])
    numbers = [text for text in figure.axes[0].texts if text.get_text().isdigit()]
    rates = [text for text in figure.axes[0].texts if text.get_text().startswith("k = ")]
    edges = [arrow.get_path() for arrow in patches(figure, FancyArrowPatch)]
    lines = [
        np.concatenate(edge.to_polygons(closed_only=False))
        for edge in (e.cleaned() for e in edges)
        if len(edge.vertices)
    ]
    molecules = [t for r in NAMED[name].reactions for side in (r.reactants, r.products) for t in side.terms]
    assert len(numbers) <= sum(count > 1 for _, count in molecules)
    assert lines
    for number in numbers:
        at = np.array(number.get_position())
        distances = sorted(float(np.hypot(*(line - at).T).min()) for line in lines)
        assert distances[0] < 14.0  # points: its own edge is near
    dots = np.array([circle.center for circle in patches(figure, Circle)])
    for rate in rates:
        half = 0.5 * np.array(extents(figure, [rate])[0].size) / figure.dpi * 72
        gap = np.abs(dots - rate.get_position()) - half
        assert np.max(gap, axis=1).min() < 12.0
    assert overlapping(extents(figure, [*numbers, *rates]), slack=3.0) == 0


def test_roles_are_told_apart() -> None:
    figure = network_figure(parse_network("E + S -> E + 2P"))
    looks = {
        arrow.get_gid(): (arrow.get_linestyle() != "-", type(arrow.get_arrowstyle()).__name__)
        for arrow in patches(figure, FancyArrowPatch)
    }
    assert looks == {
        "edge-0-0-catalyst": (True, "Curve"),
        "edge-0-1-reactant": (False, "Curve"),
        "edge-0-2-product": (False, "CurveFilledB"),
    }
    assert sorted(texts(figure)) == ["$E$", "$P$", "$S$", "2", "dashed: catalyst", "k = 1"]


def test_a_reaction_and_its_reverse_share_a_dot_and_the_arrows_back_are_hollow() -> None:
    figure = network_figure(parse_network("A + B <-> C [kf = 2, kr = 3]\nC -> D [k = 0.25]"))
    assert len(patches(figure, Circle)) == 2
    heads = {arrow.get_gid(): to_hex(arrow.get_facecolor()) for arrow in patches(figure, FancyArrowPatch)}
    assert heads["edge-0-0-reactant"] == heads["edge-0-1-reactant"] == "#ffffff"
    assert heads["edge-0-2-product"] == heads["edge-2-3-product"] != "#ffffff"
    assert {"k = 2, back 3", "k = 0.25", "hollow arrow: back"} <= set(texts(figure))
    # A -> A is its own reverse, and three reactions make one pair
    assert len(patches(network_figure(parse_network("A -> A\nA -> B\nB -> A\nA -> B")), Circle)) == 3


def test_the_size_fits_the_network() -> None:
    small, large = (
        network_figure(parse_network("\n".join(f"A{i} -> A{i + 1}" for i in range(n)))) for n in (1, 6)
    )
    assert small.get_figwidth() < 3.0
    assert small.get_figheight() < 1.5
    assert large.get_figwidth() * large.get_figheight() > 2 * small.get_figwidth() * small.get_figheight()
    sizes = [{t.get_fontsize() for t in figure.axes[0].texts} for figure in (small, large)]
    assert sizes[0] == sizes[1]


def test_names_are_mathematics_and_labels_are_no_markup() -> None:
    hostile = Reaction.of({"theta1_p": 1}, {"x_n": 1}, label='</title><script>alert("1")</script>&')
    network = Network.of([hostile])
    tags = {element.tag for element in ElementTree.fromstring(network_svg(network)).iter()}
    assert f"{SVG}script" not in tags
    assert str(hostile) in titles(network_svg(network))
    assert r"$\theta_{1}^{+}$" in texts(network_figure(network))


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
        network_figure(parse_network("\n".join(f"A -> B{i}" for i in range(101))))


def test_without_networkx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(InvalidValueError, match=r"neuralcrn\[draw\]"):
        network_figure(parse_network("A -> B"))
