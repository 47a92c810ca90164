"""Names and numbers as mathematics in Unicode, LaTeX and HTML.

``theta1_2_p`` is displayed as θ with the indices 1,2 and a superscript plus: digits and the text after an
underscore become indices, a final ``_p`` or ``_n`` is the rail of a signed quantity, and Greek names become
Greek letters.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

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
    "→": r"$\rightarrow$", "∅": r"$\varnothing$", "∞": r"$\infty$", "±": r"$\pm$", "²": "$^{2}$",
    "…": r"\dots{}",
}  # fmt: skip


def pretty(name: str) -> str:
    """Return the name of a species as plain Unicode text.

    Examples
    --------
    >>> pretty("theta1_2_p"), pretty("z_n"), pretty("C_rest"), pretty("A")
    ('θ1,2⁺', 'z⁻', 'C_rest', 'A')
    """
    base, indices, rail = _parts(name)
    joint = "_" if indices and not indices[0][0].isdigit() else ""
    return _greek(base) + joint + ",".join(indices) + {"+": "⁺", "-": "⁻", "": ""}[rail]


def name_latex(name: str) -> str:
    r"""Return the name of a species in LaTeX.

    Examples
    --------
    >>> print(name_latex("theta1_2_p"), name_latex("x1"), name_latex("g_theta1"), name_latex("Fuel"))
    \theta_{1,2}^{+} x_{1} g_{\theta1} \mathrm{Fuel}
    """
    base, indices, rail = _parts(name)
    below = f"_{{{','.join(map(_symbol_latex, indices))}}}" if indices else ""
    return _symbol_latex(base) + below + (f"^{{{rail}}}" if rail else "")


def name_html(name: str) -> Markup:
    """Return the name of a species in HTML.

    Examples
    --------
    >>> name_html("theta1_2_p"), name_html("g_theta1")
    (Markup('θ<sub>1,2</sub><sup>+</sup>'), Markup('g<sub>θ1</sub>'))
    """
    base, indices, rail = _parts(name)
    below = ",".join(map(_greek, indices))
    above = {"+": "+", "-": "\N{MINUS SIGN}", "": ""}[rail]
    low = Markup("<sub>{}</sub>").format(below) if below else ""
    high = Markup("<sup>{}</sup>").format(above) if above else ""
    return escape(_greek(base)) + low + high


def text_latex(text: str) -> str:
    r"""Escape text for LaTeX.

    Examples
    --------
    >>> print(text_latex("50% of $x_1$"))
    50\% of \$x\_1\$
    """
    return "".join(_LATEX_TEXT.get(character, character) for character in text)


def number_latex(number: str) -> str:
    r"""Return a number in LaTeX, with its exponent as a power of ten.

    Examples
    --------
    >>> print(number_latex("2.5e-07"), number_latex("1e+22"), number_latex("0.5"))
    2.5 \times 10^{-7} 10^{22} 0.5
    """
    mantissa, _, exponent = number.partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \times {power}"


def _parts(name: str) -> tuple[str, list[str], str]:
    """Return base, indices and rail of a name; names of other forms are returned as base."""
    rail = _RAILS.get(name[-2:], "") if len(name) > 2 else ""
    stem = name[:-2] if rail else name
    match = _PARTS.fullmatch(stem)
    if match is None:
        return stem, [], rail
    base, digits, rest = match.groups()
    return base, [part for part in (digits, *rest.split("_")) if part], rail


def _letters_and_digits(symbol: str) -> tuple[str, str]:
    letters = symbol.rstrip("0123456789")
    return letters, symbol[len(letters) :]


def _greek(symbol: str) -> str:
    letters, digits = _letters_and_digits(symbol)
    return _GREEK.get(letters, letters) + digits


def _symbol_latex(symbol: str) -> str:
    letters, digits = _letters_and_digits(symbol)
    if letters in _GREEK:
        return rf"\{letters}{digits}"
    return (
        symbol
        if symbol.isdigit() or (len(symbol) == 1 and symbol != "_")
        else rf"\mathrm{{{text_latex(symbol)}}}"
    )
