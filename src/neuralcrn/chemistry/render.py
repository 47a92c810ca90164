"""Reactions and networks for people: cells of a table, and LaTeX mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.chemistry.values import format_number
from neuralcrn.display import SHOWN_ROWS, Name, Text, name_latex, number_latex, text_latex

if TYPE_CHECKING:
    from neuralcrn.chemistry.network import Network
    from neuralcrn.chemistry.reaction import Complex, Reaction


def reaction_cells(reaction: Reaction) -> tuple[Text, ...]:
    """Return reactants, arrow, products, rate constant and label.

    Examples
    --------
    >>> from neuralcrn.chemistry import Reaction
    >>> reaction_cells(Reaction.of({}, {"B": 2}, label="inflow"))
    ('∅', '→', ('2 ', Name(name='B')), '1', 'inflow')
    """
    left, right = _side(reaction.reactants), _side(reaction.products)
    return left, "→", right, format_number(reaction.rate), reaction.label


def reaction_latex(reaction: Reaction) -> str:
    r"""Return a reaction in LaTeX mathematics, its rate constant above the arrow.

    Examples
    --------
    >>> from neuralcrn.chemistry import Reaction
    >>> print(reaction_latex(Reaction.of({"x_p": 1, "B": 2}, {}, rate=1e-3, label="50% off")))
    x^{+} + 2\,B \xrightarrow{0.001} \varnothing \quad\text{50\% off}
    """
    label = rf" \quad\text{{{text_latex(reaction.label)}}}" if reaction.label else ""
    return " ".join(_row_latex(reaction)) + label


def network_latex(network: Network, *, limit: int = SHOWN_ROWS) -> str:
    r"""Return the reactions of a network as a LaTeX ``aligned`` block, at most `limit` of them.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(network_latex(parse_network("A -> B"), limit=1))
    \begin{aligned}
    A & \xrightarrow{1} B \\
    \end{aligned}
    """
    lines: list[str] = []
    for reaction in network.reactions[:limit]:
        left, arrow, right = _row_latex(reaction)
        label = rf" && \text{{{text_latex(reaction.label)}}}" if reaction.label else ""
        lines.append(rf"{left} & {arrow} {right}{label} \\")
    if len(network.reactions) > limit:
        lines.append(rf"& \text{{… and {len(network.reactions) - limit:,} more}} \\")
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"])


def _side(side: Complex) -> Text:
    pieces: list[Text] = []
    for name, count in side.terms:
        pieces += [" + "] if pieces else []
        pieces += [Name(name)] if count == 1 else [f"{count} ", Name(name)]
    return tuple(pieces) or "∅"


def _side_latex(side: Complex) -> str:
    terms = (name_latex(name) if n == 1 else rf"{n}\,{name_latex(name)}" for name, n in side.terms)
    return " + ".join(terms) or r"\varnothing"


def _row_latex(reaction: Reaction) -> tuple[str, str, str]:
    arrow = rf"\xrightarrow{{{number_latex(format_number(reaction.rate))}}}"
    return _side_latex(reaction.reactants), arrow, _side_latex(reaction.products)
