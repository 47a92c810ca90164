"""Drawing of the graph of species and reactions, without external programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction, format_number
from neuralcrn.chemistry.graph import Edge, SpeciesRole, graph_edges
from neuralcrn.display import name_latex
from neuralcrn.errors import InvalidValueError
from neuralcrn.plots.labels import around_dot, beside_curve, box_points, clearest, curve_points
from neuralcrn.plots.layout import place
from neuralcrn.plots.style import GREY, new_figure, paper_style, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWN_REACTIONS = 100
_MARGIN, _PAD, _HEIGHT, _BEND = 10.0, 7.0, 20.0, 16.0
"""Margin of the picture, padding of names, height of a species, bend of lines for species on both sides;
points.
"""
_NAME_SIZE, _SMALL_SIZE, _DOT, _NOTHING = 9.0, 7.0, 2.6, 5.5
"""Font sizes; radii of the dot of a reaction and of the circle for the empty complex; points."""
_FILLS = {"_p": "#E3EFF8", "_n": "#FBE9DF"}
"""Light blue and vermillion for positive and negative rails."""
_INK, _CATALYST, _POINTS = "#444444", "#888888", 72.0
_SAMPLES = np.linspace(0.0, 1.0, 25)
_SVG = "http://www.w3.org/2000/svg"

Point = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class _Step:
    """A node of the drawing: a reaction, or a reaction and its reverse."""

    reactions: tuple[Reaction, ...]
    edges: tuple[Edge, ...]

    @property
    def to_nothing(self) -> bool:
        return not (self.reactions[0].reactants.terms and self.reactions[0].products.terms)

    @property
    def radius(self) -> float:
        return _NOTHING if self.to_nothing else _DOT

    @property
    def rates(self) -> str:
        forward, *back = (f"{reaction.rate:.3g}" for reaction in self.reactions)
        return f"k = {forward}" + (f", back {back[0]}" if back else "")


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The line between a reaction and a species, from its dot to the border of its box."""

    edge: Edge
    start: Point
    middle: Point
    end: Point
    arrow: str
    """Colour of the arrow head; empty for none."""

    @property
    def points(self) -> Point:
        return curve_points(self.start, self.middle, self.end, _SAMPLES)


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Label:
    """A label, its centre and half its size."""

    text: str
    at: Point
    half: Point


def network_figure(network: Network) -> Figure:
    """Draw a network: species as boxes, reactions as dots, arrows to products, catalysts dashed.

    The size of the figure depends on the network. A reaction and its reverse share a dot, and the arrows of
    the reverse are hollow. Reactions from or to the empty complex are marked ∅. Rate constants, with three
    digits, are placed beside the dots, and coefficients other than 1 beside the lines.

    Parameters
    ----------
    network : Network
        At most 100 reactions.

    Raises
    ------
    InvalidValueError
        If the network is too large for a drawing, or networkx (extra ``draw``) is missing.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> panel = network_figure(parse_network("E + 2S -> E + P [k = 5]")).axes[0]
    >>> sorted(text.get_text() for text in panel.texts)
    ['$E$', '$P$', '$S$', '2', 'dashed: catalyst', 'k = 5']
    """
    return _drawn(network)[0]


def network_svg(network: Network) -> str:
    """Return the drawing of a network as SVG with tooltips.

    The tooltip of a dot shows its reactions with their labels, that of a species its initial concentration.
    The same network always gives the same text.

    Parameters
    ----------
    network : Network
        At most 100 reactions; see `network_figure`.

    Raises
    ------
    InvalidValueError
        See `network_figure`.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> picture = network_svg(parse_network("E + S <-> ES [kf = 1, kr = 2]"))
    >>> "E + S -> ES [k = 1]" in picture.replace("&gt;", ">")
    True
    """
    figure, titles = _drawn(network)
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg_of(figure))
    for group in root.iter(f"{{{_SVG}}}g"):
        if title := titles.get(group.get("id", "")):
            shown = ElementTree.Element(f"{{{_SVG}}}title")
            shown.text = title
            group.insert(0, shown)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _drawn(network: Network) -> tuple[Figure, dict[str, str]]:
    """Return the figure, and the tooltips of its groups."""
    if len(network.reactions) > DRAWN_REACTIONS:
        raise InvalidValueError(
            f"network has {len(network.reactions):,} reactions: at most {DRAWN_REACTIONS} can be read as a "
            "picture: draw a part of it, or write it as DOT for Graphviz ('neuralcrn convert')"
        )
    steps = _steps(network)
    with paper_style():
        names = [f"${name_latex(name)}$" for name in network.species]
        halves = np.array([(_text_half(name, _NAME_SIZE)[0] + _PAD, _HEIGHT / 2) for name in names])
        halves = halves.reshape(-1, 2)
        shared = _shared_rate(steps)
        rates = ["" if shared else step.rates for step in steps]
        places = _places(steps, halves, rates)
        boxes, dots = places[: len(halves)], places[len(halves) :]
        curves = [c for step, dot in zip(steps, dots, strict=True) for c in _curves(step, dot, boxes, halves)]
        labels = _labels(steps, dots, rates, curves, [*zip(boxes, halves, strict=True)])
        note = _note(steps, shared)
        low, high = _extent([*zip(boxes, halves, strict=True)], dots, curves, labels)
        high[0] = max(high[0], low[0] + 2 * _text_half(note, _SMALL_SIZE)[0])
        low[1] -= (_SMALL_SIZE + _MARGIN) * bool(note)
        width, height = high - low + 2 * _MARGIN
        figure = new_figure(width / _POINTS, height / _POINTS)
        figure.set_layout_engine("none")
        panel = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        panel.set(xlim=(low[0] - _MARGIN, high[0] + _MARGIN), ylim=(low[1] - _MARGIN, high[1] + _MARGIN))
        panel.set_axis_off()
        for curve in curves:
            _draw_curve(panel, curve)
        for label in labels:
            _draw_small(panel, label.at, label.text)
        panel.text(low[0], low[1], note, fontsize=_SMALL_SIZE, color=GREY, va="bottom")
        titles = _draw_dots(panel, steps, dots) | _draw_boxes(panel, network, names, boxes, halves)
    return figure, titles


def _steps(network: Network) -> list[_Step]:
    """Return the reactions, each together with its first unpaired reverse."""
    edges: list[list[Edge]] = [[] for _ in network.reactions]
    for edge in graph_edges(network):
        edges[edge.reaction].append(edge)
    waiting: dict[tuple[frozenset[tuple[str, int]], ...], list[int]] = {}
    partners: dict[int, int] = {}
    for i, reaction in enumerate(network.reactions):
        sides = frozenset(reaction.reactants.terms), frozenset(reaction.products.terms)
        if sides[0] != sides[1] and waiting.get(sides[::-1]):
            partners[waiting[sides[::-1]].pop(0)] = i
        else:
            waiting.setdefault(sides, []).append(i)
    backward = set(partners.values())
    return [
        _Step((reaction, network.reactions[partners[i]]) if i in partners else (reaction,), tuple(edges[i]))
        for i, reaction in enumerate(network.reactions)
        if i not in backward
    ]


def _places(steps: list[_Step], halves: Point, rates: list[str]) -> Point:
    """Return the positions of the species and then of the dots, with space for the rate constants."""
    rooms = [(2 * max(_text_half(text, _SMALL_SIZE)[0], _NOTHING), 4 * _NOTHING) for text in rates]
    sizes = np.concatenate([2 * halves, np.array(rooms).reshape(-1, 2)])
    ends = [(e.species, len(halves) + i, e.role) for i, step in enumerate(steps) for e in step.edges]
    places, (_, height) = place(sizes, ends, _MARGIN)
    return np.stack([places[:, 0], height - places[:, 1]], axis=1)


def _curves(step: _Step, dot: Point, boxes: Point, halves: Point) -> list[_Curve]:
    """Return the lines between a reaction and its species."""
    both = {e.species for e in step.edges if e.role is SpeciesRole.REACTANT} & {
        e.species for e in step.edges if e.role is SpeciesRole.PRODUCT
    }
    curves: list[_Curve] = []
    for edge in step.edges:
        box = boxes[edge.species]
        along = (box - dot) / max(float(np.hypot(*(box - dot))), 1.0)
        beside = np.array([-along[1], along[0]]) * (1.0 if edge.role is SpeciesRole.PRODUCT else -1.0)
        middle = (dot + box) / 2 + (2 * _BEND * beside if edge.species in both else 0.0)
        end = _border(box, middle, halves[edge.species] + 1.0)
        back = edge.role is SpeciesRole.REACTANT and len(step.reactions) == 2
        arrow = _INK if edge.role is SpeciesRole.PRODUCT else "white" if back else ""
        curves.append(_Curve(edge, dot, middle, end, arrow))
    return curves


def _border(box: Point, towards: Point, half: Point) -> Point:
    """Return the point where the line from the centre of a box crosses its border."""
    away = towards - box
    with np.errstate(divide="ignore"):
        reach = float(np.min(half / np.abs(away)))
    return box + min(reach, 1.0) * away


def _labels(
    steps: list[_Step],
    dots: Point,
    rates: list[str],
    curves: list[_Curve],
    boxes: list[tuple[Point, Point]],
) -> list[_Label]:
    """Return coefficients and rate constants, each placed at the least crowded position."""
    lines = [curve.points for curve in curves]
    taken = [box_points(at, half) for at, half in boxes]
    taken += [box_points(dot, np.full(2, step.radius)) for step, dot in zip(steps, dots, strict=True)]
    labels: list[_Label] = []

    def put(text: str, places: Point, half: Point, others: list[Point]) -> None:
        at = clearest(places, half, np.concatenate([*taken, *others]))
        labels.append(_Label(text, at, half))
        taken.append(box_points(at, half))

    for i, curve in enumerate(curves):
        if curve.edge.molecules > 1:
            text = str(curve.edge.molecules)
            half = _text_half(text, _SMALL_SIZE)
            places = beside_curve(curve.start, curve.middle, curve.end, half)
            put(text, places, half, lines[:i] + lines[i + 1 :])
    for step, dot, text in zip(steps, dots, rates, strict=True):
        if text:
            half = _text_half(text, _SMALL_SIZE)
            put(text, around_dot(dot, step.radius, half), half, lines)
    return labels


def _text_half(text: str, size: float) -> Point:
    """Return half the width and height of a text (points)."""
    from matplotlib.textpath import TextPath

    if not text:
        return np.zeros(2)
    width = TextPath((0.0, 0.0), text, size=size).get_extents().width
    return np.array([width / 2, size / 2])


def _shared_rate(steps: list[_Step]) -> str:
    """Return the rate constant if it is the same for several reactions, or nothing."""
    rates = {step.rates for step in steps}
    return rates.pop() if len(steps) > 1 and len(rates) == 1 else ""


def _note(steps: list[_Step], shared: str) -> str:
    """Return the legend of the drawing."""
    told = {
        "dashed: catalyst": any(edge.role is SpeciesRole.CATALYST for step in steps for edge in step.edges),
        "hollow arrow: back": any(len(step.reactions) == 2 for step in steps),
        f"every {shared}": bool(shared),
    }
    return "; ".join(text for text, is_so in told.items() if is_so)


def _extent(
    boxes: list[tuple[Point, Point]], dots: Point, curves: list[_Curve], labels: list[_Label]
) -> tuple[Point, Point]:
    """Return the corners of all drawn elements."""
    areas = [
        *boxes,
        *((label.at, label.half) for label in labels),
        *((dot, np.full(2, _NOTHING)) for dot in dots),
    ]
    corners = [at + sign * half for at, half in areas for sign in (-1, 1)]
    points = np.concatenate([np.array(corners).reshape(-1, 2), *(curve.points for curve in curves)])
    if not len(points):
        points = np.zeros((1, 2))
    return points.min(axis=0), points.max(axis=0)


def _draw_curve(panel: Axes, curve: _Curve) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    catalyst = curve.edge.role is SpeciesRole.CATALYST
    path = Path([curve.start, curve.middle, curve.end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    panel.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>" if curve.arrow else "-",
            mutation_scale=9.0,
            shrinkA=0.0,
            shrinkB=0.0,
            linewidth=0.9,
            linestyle=(0, (3.0, 2.0)) if catalyst else "-",
            edgecolor=_CATALYST if catalyst else _INK,
            facecolor=curve.arrow or "none",
            gid=f"edge-{curve.edge.reaction}-{curve.edge.species}-{curve.edge.role}",
        )
    )


def _draw_dots(panel: Axes, steps: list[_Step], dots: Point) -> dict[str, str]:
    from matplotlib.patches import Circle

    titles: dict[str, str] = {}
    for i, (step, dot) in enumerate(zip(steps, dots, strict=True)):
        nothing = step.to_nothing
        circle = Circle((dot[0], dot[1]), step.radius, zorder=3.0, gid=f"reaction-{i}")
        circle.set(facecolor="white" if nothing else _INK, edgecolor=_INK, linewidth=0.7)
        panel.add_patch(circle)
        if nothing:
            _draw_small(panel, dot, "∅")
        titles[f"reaction-{i}"] = "\n".join(map(str, step.reactions))
    return titles


def _draw_boxes(
    panel: Axes, network: Network, names: list[str], boxes: Point, halves: Point
) -> dict[str, str]:
    from matplotlib.patches import FancyBboxPatch

    titles: dict[str, str] = {}
    for i, (name, (x, y), (across, up)) in enumerate(zip(network.species, boxes, halves, strict=True)):
        shape = FancyBboxPatch(
            (x - across, y - up), 2 * across, 2 * up, boxstyle="round,pad=0,rounding_size=6", linewidth=0.7,
            facecolor=_FILLS.get(name[-2:], "white"), edgecolor=_INK, zorder=3.0, gid=f"species-{i}",
        )  # fmt: skip
        panel.add_patch(shape)
        panel.text(x, y, names[i], fontsize=_NAME_SIZE, ha="center", va="center", zorder=4.0)
        titles[f"species-{i}"] = f"{name}, initially {format_number(network.initial[i])}"
    return titles


def _draw_small(panel: Axes, at: Point, text: str) -> None:
    panel.text(at[0], at[1], text, fontsize=_SMALL_SIZE, ha="center", va="center", color=_INK, zorder=4.0)
