"""Polynomials and systems in LaTeX; indices are counted from 1, as in the names of species."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.algebra.monomial import Factor, Monomial
from neuralcrn.display import name_latex, number_latex

if TYPE_CHECKING:
    from neuralcrn.algebra.polynomial import Polynomial
    from neuralcrn.algebra.system import SignedSystem

SHOWN_TERMS = 40
SHOWN_EQUATIONS = 20


def polynomial_latex(polynomial: Polynomial, *, limit: int = SHOWN_TERMS) -> str:
    r"""Return a polynomial in LaTeX, with at most `limit` of its terms.

    Examples
    --------
    >>> from neuralcrn.algebra import Polynomial, Variable
    >>> z, beta = Polynomial.of(Variable("z", (0,))), Polynomial.of(Variable("beta"))
    >>> print(polynomial_latex(beta - 0.5 * z * abs(z)))
    -0.5\,z_{1}\,\lvert z_{1}\rvert + \beta
    """
    if polynomial.is_zero:
        return "0"
    pieces: list[str] = []
    for monomial, coefficient in polynomial.terms[:limit]:
        sign = "-" if coefficient < 0.0 else "+"
        pieces.append(f" {sign} {_term_latex(monomial, abs(coefficient))}")
    text = "".join(pieces)
    text = text.removeprefix(" + ") if text.startswith(" + ") else "-" + text.removeprefix(" - ")
    return text + (r" + \cdots" if len(polynomial.terms) > limit else "")


def system_latex(system: SignedSystem, *, limit: int = SHOWN_EQUATIONS) -> str:
    r"""Return a system as a LaTeX ``aligned`` block, with at most `limit` of its equations.

    Examples
    --------
    >>> from neuralcrn.algebra import SignedSystem
    >>> print(system_latex(SignedSystem.parse("dz = -z", states={"z": 1})))
    \begin{aligned}
    \frac{\mathrm{d}z_{1}}{\mathrm{d}t} &= -z_{1} \\
    \end{aligned}
    """
    lines = [
        rf"\frac{{\mathrm{{d}}{name_latex(state.species)}}}{{\mathrm{{d}}t}} &= {polynomial_latex(f)} \\"
        for state, f in system.equations[:limit]
    ]
    if len(system.equations) > limit:
        lines.append(rf"&\text{{… and {len(system.equations) - limit:,} more}} \\")
    return "\n".join([r"\begin{aligned}", *lines, r"\end{aligned}"])


def _term_latex(monomial: Monomial, size: float) -> str:
    factors = [_factor_latex(factor) for factor in monomial.factors]
    if size != 1.0 or not factors:
        factors.insert(0, number_latex(f"{size:.6g}"))
    return r"\,".join(factors)


def _factor_latex(factor: Factor) -> str:
    name = name_latex(factor.variable.species)
    parts: list[str] = []
    if factor.power > 1:
        base = f"{{{name}}}" if "^" in name else name  # a name may have only one exponent
        parts.append(f"{base}^{{{factor.power}}}")
    elif factor.power:
        parts.append(name)
    if factor.absolute:
        parts.append(rf"\lvert {name}\rvert")
    return r"\,".join(parts)
