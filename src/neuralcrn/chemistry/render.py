"""Reactions and networks for people: LaTeX, HTML, and names in Unicode.

``theta1_2_p`` is shown as θ with the indices 1,2 and a plus above: digits and what follows an underscore
become indices, a final ``_p`` or ``_n`` is the rail of a signed quantity, and Greek names become Greek.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.reaction import Complex, Reaction
from neuralcrn.chemistry.values import format_number

SHOWN_REACTIONS = 200

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_RAILS = {"_p": "+", "_n": "-"}
_PARTS = re.compile(r"([A-Za-z]+)([0-9]*)((?:_[A-Za-z0-9]+)*)")
_LATEX_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


def pretty(name: str) -> str:
    """Return the name of a species for display as plain text.

    Examples
    --------
    >>> pretty("theta1_2_p"), pretty("z_n"), pretty("C_rest"), pretty("A")
    ('θ1,2⁺', 'z⁻', 'C_rest', 'A')
    """
    base, indices, rail = _parts(name)
    joint = "_" if indices and not indices[0][0].isdigit() else ""
    return _GREEK.get(base, base) + joint + ",".join(indices) + {"+": "⁺", "-": "⁻", "": ""}[rail]


def name_latex(name: str) -> str:
    r"""Return the name of a species in LaTeX mathematics.

    Examples
    --------
    >>> print(name_latex("theta1_2_p"), name_latex("x1"), name_latex("Fuel"))
    \theta_{1,2}^{+} x_{1} \mathrm{Fuel}
    """
    base, indices, rail = _parts(name)
    below = f"_{{{','.join(map(_symbol_latex, indices))}}}" if indices else ""
    return _symbol_latex(base) + below + (f"^{{{rail}}}" if rail else "")


def name_html(name: str) -> str:
    """Return the name of a species in HTML.

    Examples
    --------
    >>> name_html("theta1_2_p")
    'θ<sub>1,2</sub><sup>+</sup>'
    """
    base, indices, rail = _parts(name)
    below = ",".join(html.escape(_GREEK.get(index, index)) for index in indices)
    above = {"+": "<sup>+</sup>", "-": "<sup>\N{MINUS SIGN}</sup>", "": ""}[rail]
    return html.escape(_GREEK.get(base, base)) + (f"<sub>{below}</sub>" if below else "") + above


def reaction_latex(reaction: Reaction) -> str:
    r"""Return a reaction in LaTeX mathematics, its rate constant above the arrow.

    Examples
    --------
    >>> print(reaction_latex(Reaction.of({"x_p": 1, "B": 2}, {}, rate=1e-3, label="50% off")))
    x^{+} + 2\,B \xrightarrow{0.001} \varnothing \quad\text{50\% off}
    """
    label = rf" \quad\text{{{_text_latex(reaction.label)}}}" if reaction.label else ""
    return " ".join(_row_latex(reaction)) + label


def reaction_html(reaction: Reaction) -> str:
    """Return a reaction in HTML: both sides, the rate constant and the label, all escaped.

    Examples
    --------
    >>> print(reaction_html(Reaction.of({"x_p": 1}, {"B": 2}, label="<b>")))
    x<sup>+</sup> → 2 B [k = 1] &lt;b&gt;
    """
    left, right, rate, label = _row_html(reaction)
    return f"{left} → {right} [k = {rate}]" + (f" {label}" if label else "")


def network_latex(network: Network, *, limit: int = SHOWN_REACTIONS) -> str:
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
        label = rf" && \text{{{_text_latex(reaction.label)}}}" if reaction.label else ""
        lines.append(rf"{left} & {arrow} {right}{label} \\")
    if _hidden(network, limit):
        lines.append(rf"& \text{{{_hidden(network, limit)}}} \\")
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"])


def network_html(network: Network, *, limit: int = SHOWN_REACTIONS) -> str:
    """Return a network as an HTML table of at most `limit` reactions, with the initial values below.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> "<td>A</td><td>→</td><td>2 B</td>" in network_html(parse_network("A -> 2B"))
    True
    """
    size = f"{len(network.species):,} species, {len(network.reactions):,} reactions"
    rows = [
        f"<tr><td>{left}</td><td>→</td><td>{right}</td><td>{rate}</td><td>{label}</td></tr>"
        for left, right, rate, label in map(_row_html, network.reactions[:limit])
    ]
    if _hidden(network, limit):
        rows.append(f'<tr><td colspan="5">{_hidden(network, limit)}</td></tr>')
    head = '<tr><th colspan="3">reaction</th><th>k</th><th>label</th></tr>'
    started = [(n, v) for n, v in zip(network.species, network.initial, strict=True) if v]
    initial = ", ".join(f"{name_html(name)} = {format_number(value)}" for name, value in started[:limit])
    more = f" and {len(started) - limit:,} more" if len(started) > limit else ""
    below = f"<p>initially {initial}{more}</p>" if started else ""
    return f"<table><caption>{size}</caption>{head}{''.join(rows)}</table>{below}"


def _parts(name: str) -> tuple[str, list[str], str]:
    """Return base, indices and rail of a name; a name of another shape is all base."""
    rail = _RAILS.get(name[-2:], "") if len(name) > 2 else ""
    stem = name[:-2] if rail else name
    match = _PARTS.fullmatch(stem)
    if match is None:
        return stem, [], rail
    base, digits, rest = match.groups()
    return base, [part for part in (digits, *rest.split("_")) if part], rail


def _symbol_latex(symbol: str) -> str:
    if symbol in _GREEK:
        return rf"\{symbol}"
    return symbol if len(symbol) == 1 or symbol.isdigit() else rf"\mathrm{{{_text_latex(symbol)}}}"


def _text_latex(text: str) -> str:
    return "".join(_LATEX_TEXT.get(character, character) for character in text)


def _number_latex(value: float) -> str:
    mantissa, _, exponent = format_number(value).partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def _side(side: Complex, name: Callable[[str], str], space: str, empty: str) -> str:
    terms = (name(one) if count == 1 else f"{count}{space}{name(one)}" for one, count in side.terms)
    return " + ".join(terms) or empty


def _row_latex(reaction: Reaction) -> tuple[str, str, str]:
    left, right = (
        _side(side, name_latex, r"\,", r"\varnothing") for side in (reaction.reactants, reaction.products)
    )
    return left, rf"\xrightarrow{{{_number_latex(reaction.rate)}}}", right


def _row_html(reaction: Reaction) -> tuple[str, str, str, str]:
    left, right = (_side(side, name_html, " ", "∅") for side in (reaction.reactants, reaction.products))
    return left, right, format_number(reaction.rate), html.escape(reaction.label)


def _hidden(network: Network, limit: int) -> str:
    hidden = len(network.reactions) - limit
    return f"and {hidden:,} more reactions" if hidden > 0 else ""
