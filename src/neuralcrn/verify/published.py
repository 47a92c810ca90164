"""Comparison of reaction counts with the publication.

Published counts are those of the authors' code (arXiv 2409.00034, github rajiv256/NeuralCRNGen) for
two-railed inputs and supply, with element-wise weights or an N x N weight matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.verify.counts import Dimensions, closed_counts

Quadratic = tuple[int, int, int]
"""Coefficients of N^2, N and 1."""


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """A published formula and ours.

    Attributes
    ----------
    circuit : str
        Family of the registry.
    rule : str
        Learning rule that corresponds to the published feedback phase.
    phase : str
        Name of the phase.
    published, ours : tuple of int
        Numbers of reactions, as coefficients of N^2, N and 1.
    why : str
        Reason for the difference; empty if there is none.

    Examples
    --------
    >>> print(next(row for row in compare_with_published() if row.circuit == "cubic" and row.why))
    cubic (exact) feedback: published 8N² + 12N, ours 8N² + 7N, smaller: z² acts on each rail separately: \
no mixed A + Z⁺ + Z⁻ (4N), and the adjoint, used linearly, needs no annihilation (N)
    """

    circuit: str
    rule: str
    phase: str
    published: Quadratic
    ours: Quadratic
    why: str

    @property
    def verdict(self) -> str:
        """``equal``, ``smaller`` or ``larger``, for large N."""
        if self.ours == self.published:
            return "equal"
        return "smaller" if self.ours < self.published else "larger"

    def __str__(self) -> str:
        text = f"{self.circuit} ({self.rule}) {self.phase}: published {formula(self.published)}"
        ending = f": {self.why}" if self.why else ""
        return f"{text}, ours {formula(self.ours)}, {self.verdict}{ending}"


@final
@dataclass(frozen=True, slots=True)
class _Published:
    circuit: str
    rule: str
    phase: str
    formula: Quadratic
    supply_rails: int = 0
    why: str = ""
    input_rails: int = 2


_EXACT, _FIRST, _LINEAR = "exact", "first-order", "linear-reversal"
_FORWARD, _BACK = "feedforward", "feedback"
_ONE_RAIL = "non-negative data and supply need one rail each"
_PUBLISHED = (
    _Published("linear", _EXACT, _FORWARD, (0, 6, 0), 2),
    _Published(
        "linear", _EXACT, _BACK, (0, 10, 0), 2, "the reversed states are not used and not computed (6N)"
    ),
    _Published("quadratic", _EXACT, _FORWARD, (0, 9, 0), 2),
    _Published("quadratic", _EXACT, _BACK, (0, 17, 0), 2),
    _Published("quadratic", _FIRST, _BACK, (0, 4, 0), 2),
    _Published("quadratic", _FIRST, _FORWARD, (0, 9, 0), 1, _ONE_RAIL, input_rails=1),
    _Published("quadratic", _FIRST, _BACK, (0, 4, 0), 1, _ONE_RAIL, input_rails=1),
    _Published("quadratic-dense", _EXACT, _FORWARD, (4, 5, 0), 2),
    _Published("quadratic-dense", _EXACT, _BACK, (8, 9, 0), 2),
    _Published("quadratic-dense", _FIRST, _BACK, (4, 0, 0), 2),
    _Published("cubic", _EXACT, _FORWARD, (4, 3, 0)),
    _Published(
        "cubic",
        _EXACT,
        _BACK,
        (8, 12, 0),
        why="z² acts on each rail separately: no mixed A + Z⁺ + Z⁻ (4N), and the adjoint, used linearly, "
        "needs no annihilation (N)",
    ),
    _Published("cubic-quadratic", _LINEAR, _FORWARD, (4, 3, 0)),
    _Published(
        "cubic-quadratic",
        _LINEAR,
        _BACK,
        (8, 5, 0),
        why="but not the same reactions: N annihilations of Z, whose |z| is used, instead of N of A",
    ),
    _Published("smooth-relu", _EXACT, _FORWARD, (8, 9, 0), 2),
    _Published(
        "smooth-relu",
        _EXACT,
        _BACK,
        (24, 17, 0),
        2,
        "the published adjoint lacks a·β, although β is trained (4N)",
    ),
    _Published(
        "quadratic",
        _FIRST,
        "readout",
        (0, 4, 2),
        why="fixed weights are rate constants, and the output is integrated for a given time",
    ),
    _Published(
        "quadratic",
        _FIRST,
        "error",
        (0, 0, 5),
        why="the output accumulates in minus the target: only annihilation is left",
    ),
    _Published(
        "quadratic",
        _FIRST,
        "backpropagate",
        (0, 6, 0),
        why="with fixed weights a(T) is a multiple of the error and needs no species",
    ),
    _Published(
        "quadratic",
        _FIRST,
        "update",
        (0, 4, 0),
        why="parameters annihilate between their rails (N); the authors cancel them by arithmetic",
    ),
)


def compare_with_published() -> tuple[Comparison, ...]:
    """Return all published formulas and ours.

    Rows are for two-railed data and supply; if one rail is sufficient, the reason states it.

    Examples
    --------
    >>> from collections import Counter
    >>> sorted(Counter(row.verdict for row in compare_with_published()).items())
    [('equal', 11), ('larger', 2), ('smaller', 7)]
    """
    return tuple(
        Comparison(row.circuit, row.rule, row.phase, row.formula, _our_formula(row), row.why)
        for row in _PUBLISHED
    )


def formula(coefficients: Quadratic) -> str:
    """Return a quadratic in N as text.

    Examples
    --------
    >>> formula((4, 5, 0)), formula((0, 2, 1)), formula((0, 0, 0))
    ('4N² + 5N', '2N + 1', '0')
    """
    parts = [f"{c}{unit}" for c, unit in zip(coefficients, ("N²", "N", ""), strict=True) if c]
    return " + ".join(parts) or "0"


def _our_formula(row: _Published) -> Quadratic:
    """Return our count as a quadratic polynomial in N, determined by three values."""

    def count(states: int) -> int:
        dimensions = Dimensions(
            states=states,
            inputs=states,
            input_rails=row.input_rails,
            supply_rails=row.supply_rails,
            rule=row.rule,
        )
        counts = closed_counts(row.circuit, dimensions)
        return counts[row.phase].reactions if row.phase in counts else 0

    one, two, three = count(1), count(2), count(3)
    square = (three - 2 * two + one) // 2
    linear = two - one - 3 * square
    return square, linear, one - linear - square
