"""The graph of species and reactions as an SVG picture, made without external programs."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction, format_number, pretty
from neuralcrn.chemistry.graph import Edge, Role, graph_edges
from neuralcrn.errors import InvalidValueError
from neuralcrn.formats.heading import heading
from neuralcrn.plots.layout import place
from neuralcrn.typography import name_svg

DRAWN_REACTIONS, _NUMBERED_STEPS = 100, 40
_MARGIN, _HEIGHT, _BEND = 22.0, 24.0, 16.0
"""Around the picture, of a species, and of a species that stands on both sides of a reaction; pixels."""
_FILLS = {"_p": "#e3eff8", "_n": "#fbe9df"}
"""Positive and negative rails, in light tints of the blue and vermillion of the other figures."""
_STYLE = """\
text { font: 13px sans-serif; fill: #222; text-anchor: middle; dominant-baseline: central }
text.small { font-size: 10px; fill: #666 }
rect { stroke: #555 } circle { fill: #444 } circle.nothing { fill: #fff; stroke: #888 }
path.edge { fill: none; stroke: #555; stroke-width: 1.2 }
path.catalyst { stroke: #999; stroke-dasharray: 4 3 }"""

Point = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class _Step:
    """What is drawn as one node: a reaction, or a reaction and its reverse."""

    reactions: tuple[Reaction, ...]
    edges: tuple[Edge, ...]

    @property
    def to_nothing(self) -> bool:
        return not (self.reactions[0].reactants.terms and self.reactions[0].products.terms)


def network_svg(network: Network) -> str:
    """Return a picture of a network: species as boxes, reactions as dots, catalysts dashed.

    A reaction and its reverse share a dot; one from or to nothing is marked ∅. Beside the dots, if there are
    at most 40, stand rate constants other than 1, with three digits. Where the mouse rests, a dot shows its
    reactions and a species where it starts.

    Parameters
    ----------
    network : Network
        At most 100 reactions.

    Returns
    -------
    str
        An SVG document with a white ground; the same network always gives the same picture.

    Raises
    ------
    InvalidValueError
        If the network is too large to be read as a picture, or networkx (extra ``draw``) is missing.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> picture = network_svg(parse_network("E + S <-> ES"))
    >>> picture.count("<rect class"), picture.count("<circle")
    (3, 1)
    """
    if len(network.reactions) > DRAWN_REACTIONS:
        raise InvalidValueError(
            f"network has {len(network.reactions):,} reactions: at most {DRAWN_REACTIONS} can be read as a "
            "picture: draw a part of it, or write it as DOT for Graphviz ('neuralcrn convert')"
        )
    steps = _steps(network)
    widths = [max(30.0, 14.0 + 7.0 * len(pretty(name))) for name in network.species]
    sizes = np.array([*((width, _HEIGHT) for width in widths), *[(16.0, 16.0)] * len(steps)]).reshape(-1, 2)
    ends = [(e.species, len(widths) + i, e.role) for i, step in enumerate(steps) for e in step.edges]
    places, (width, height) = place(sizes, ends, _MARGIN)
    dots = places[len(widths) :]
    drawn = [
        *(line for step, at in zip(steps, dots, strict=True) for line in _edges(step, at, places, sizes)),
        *(_dot(step, at, len(steps) <= _NUMBERED_STEPS) for step, at in zip(steps, dots, strict=True)),
        *(_box(network, i, places[i], widths[i]) for i in range(len(widths))),
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}">',
            f"<desc>{html.escape('; '.join(heading(network)))}</desc>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"',
            ' orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" fill="#555"/></marker></defs>',
            '<rect width="100%" height="100%" style="fill: #fff; stroke: none"/>',
            *drawn,
            "</svg>",
            "",
        ]
    )


def _steps(network: Network) -> list[_Step]:
    """Return the reactions, each together with its first reverse that has no partner yet."""
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


def _edges(step: _Step, dot: Point, places: NDArray[np.float64], sizes: NDArray[np.float64]) -> list[str]:
    """Return the lines between a reaction and its species; an arrow points at what is made."""
    both = {e.species for e in step.edges if e.role is Role.REACTANT} & {
        e.species for e in step.edges if e.role is Role.PRODUCT
    }
    lines: list[str] = []
    for edge in step.edges:
        box = places[edge.species]
        along = (box - dot) / max(float(np.hypot(*(box - dot))), 1.0)
        beside = np.array([-along[1], along[0]]) * (1.0 if edge.role is Role.PRODUCT else -1.0)
        middle = (dot + box) / 2
        if edge.species in both:
            middle = middle + 2 * _BEND * beside
        end = _border(box, middle, sizes[edge.species] / 2 + 1.5)
        made = edge.role is Role.PRODUCT or (edge.role is Role.REACTANT and len(step.reactions) == 2)
        path = f"M{dot[0]:.1f},{dot[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {end[0]:.1f},{end[1]:.1f}"
        kind = "edge catalyst" if edge.role is Role.CATALYST else "edge"
        head = ' marker-end="url(#arrow)"' if made else ""
        lines.append(f'<path class="{kind}" d="{path}"{head}/>')
        if edge.molecules > 1:
            x, y = (dot + 2 * middle + end) / 4 + 8 * beside
            lines.append(_small(x, y, str(edge.molecules)))
    return lines


def _border(box: Point, towards: Point, half: Point) -> Point:
    """Return where the line from the middle of a box leaves it."""
    away = towards - box
    with np.errstate(divide="ignore"):
        reach = float(np.min(half / np.abs(away)))
    return box + min(reach, 1.0) * away


def _dot(step: _Step, at: Point, numbered: bool) -> str:
    x, y = at
    title = "\n".join(map(str, step.reactions))
    mark = (
        f'<circle class="nothing" cx="{x:.1f}" cy="{y:.1f}" r="8"/><text x="{x:.1f}" y="{y:.1f}">∅</text>'
        if step.to_nothing
        else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    )
    rates = ", ".join(f"{reaction.rate:.3g}" for reaction in step.reactions)
    shown = _small(x, y + 14, rates) if numbered and set(rates) - set("1, ") else ""
    return f"<g><title>{html.escape(title)}</title>{mark}{shown}</g>"


def _box(network: Network, i: int, at: Point, width: float) -> str:
    name, (x, y) = network.species[i], at
    fill = _FILLS.get(name[-2:], "#fff")
    return (
        f"<g><title>{name}, initially {format_number(network.initial[i])}</title>"
        f'<rect class="species" x="{x - width / 2:.1f}" y="{y - _HEIGHT / 2:.1f}" width="{width:.1f}" '
        f'height="{_HEIGHT:.0f}" rx="8" fill="{fill}"/>'
        f'<text x="{x:.1f}" y="{y:.1f}">{name_svg(name)}</text></g>'
    )


def _small(x: float, y: float, text: str) -> str:
    return f'<text class="small" x="{x:.1f}" y="{y:.1f}">{text}</text>'
