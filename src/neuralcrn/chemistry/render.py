"""Reactions and networks for people: LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.reaction import Complex, Reaction
from neuralcrn.chemistry.values import format_number
from neuralcrn.markup import SHOWN_ROWS, Html, element, escaped, table
from neuralcrn.typography import name_html, name_latex, number_latex, text_latex


def reaction_latex(reaction: Reaction) -> str:
    r"""Return a reaction in LaTeX mathematics, its rate constant above the arrow.

    Examples
    --------
    >>> print(reaction_latex(Reaction.of({"x_p": 1, "B": 2}, {}, rate=1e-3, label="50% off")))
    x^{+} + 2\,B \xrightarrow{0.001} \varnothing \quad\text{50\% off}
    """
    label = rf" \quad\text{{{text_latex(reaction.label)}}}" if reaction.label else ""
    return " ".join(_row_latex(reaction)) + label


def reaction_html(reaction: Reaction) -> str:
    """Return a reaction in HTML: both sides, the rate constant and the label, all escaped.

    Examples
    --------
    >>> print(reaction_html(Reaction.of({"x_p": 1}, {"B": 2}, label="<b>")))
    x<sup>+</sup> → 2 B [k = 1] &lt;b&gt;
    """
    left, arrow, right, rate, label = _row_html(reaction)
    return Html(f"{left} {arrow} {right} [k = {rate}]" + (f" {label}" if label else ""))


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


def network_html(network: Network, *, limit: int = SHOWN_ROWS) -> str:
    """Return a network as an HTML table of at most `limit` reactions, with the initial values below.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(network_html(parse_network("A -> 2B")).replace(' style="text-align:left"', "")[:60])
    <p>2 species, 1 reactions</p><table><tr><th>reactants</th><t
    """
    size = f"{len(network.species):,} species, {len(network.reactions):,} reactions"
    head = ("reactants", "", "products", "k", "label")
    reactions = table(head, network.reactions, _row_html, caption=size, limit=limit)
    started = [(n, v) for n, v in zip(network.species, network.initial, strict=True) if v]
    initial = ", ".join(f"{name_html(name)} = {format_number(value)}" for name, value in started[:limit])
    more = f" and {len(started) - limit:,} more" if len(started) > limit else ""
    below = element("p", "initially ", Html(initial + more)) if started else ""
    return Html(reactions + below)


def _side(side: Complex, name: Callable[[str], str], space: str, empty: str) -> str:
    terms = (name(one) if count == 1 else f"{count}{space}{name(one)}" for one, count in side.terms)
    return " + ".join(terms) or empty


def _row_latex(reaction: Reaction) -> tuple[str, str, str]:
    left, right = (
        _side(side, name_latex, r"\,", r"\varnothing") for side in (reaction.reactants, reaction.products)
    )
    return left, rf"\xrightarrow{{{number_latex(format_number(reaction.rate))}}}", right


def _row_html(reaction: Reaction) -> tuple[Html, ...]:
    left, right = (_side(side, name_html, " ", "∅") for side in (reaction.reactants, reaction.products))
    cells = (left, "→", right, format_number(reaction.rate), escaped(reaction.label))
    return tuple(map(Html, cells))
