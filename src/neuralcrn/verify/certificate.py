"""Certificates: measured evidence that the chemistry of a circuit computes what its mathematics says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.chemistry.network import Counts
from neuralcrn.display import Displayed, Document, Fold, Mark, Paragraph, Table, Text

GRADIENT_BOUND = 1e-2
SLOPE_BOUND = -0.5
"""Errors must fall at least as the square root of their constant."""
SOLVER_FLOOR = 1e-7
"""Errors below this are the solver's and need not shrink further."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One line of a certificate.

    Attributes
    ----------
    name : str
        What was checked.
    measured : float or None
        The number, None where nothing could be measured.
    bound : float or None
        What it must not pass; None if it is reported only.
    passed : bool
        Whether it holds.
    note : str
        What the number means.
    """

    name: str
    measured: float | None
    bound: float | None
    passed: bool
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class Errors:
    """Relative errors of the chemistry at one set of constants, against exact mathematics.

    Attributes
    ----------
    mechanism : str
        Which constant was varied: ``annihilation``, and in a pot ``hold``, ``shadow`` or ``1 / leak``;
        ``built`` for the circuit's own constants, ``all`` where every one is large.
    constant : float or None
        Its value; None where none was varied.
    of : mapping of str to float
        The largest error of every quantity that was compared, relative to the largest value of the
        quantity; that of ``gradient`` is the norm of all errors, relative to the norm of the gradients.
        Infinite where the chemistry does not reach its end.
    """

    mechanism: str
    constant: float | None
    of: Mapping[str, float]

    @property
    def largest(self) -> float:
        """Largest of the errors."""
        return max(self.of.values())


@final
@dataclass(frozen=True, slots=True)
class Certificate(Displayed):
    """What was measured about a circuit at one level of autonomy.

    Attributes
    ----------
    circuit, gradient, level, clock : str
        What was compiled, and how; `clock` is empty unless the level is ``autonomous``.
    counts : Counts
        Species and reactions of the program.
    annihilation : float, 1 / (concentration time)
        The circuit's own constant.
    samples : int
        Number of random test points.
    seed : int or None
        Seed of the test points; None if a generator was given.
    checks : tuple of Check
        Every check.
    convergence : tuple of Errors
        Errors with the circuit's own constants, then while one constant at a time grows.
    """

    circuit: str
    gradient: str
    level: str
    clock: str
    counts: Counts
    annihilation: float
    samples: int
    seed: int | None
    checks: tuple[Check, ...]
    convergence: tuple[Errors, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def check(self, name: str) -> Check:
        """Return the check of that name."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as numbers, texts, lists and dictionaries."""
        return {
            "circuit": self.circuit,
            "gradient": self.gradient,
            "level": self.level,
            "clock": self.clock or None,
            "species": self.counts.species,
            "reactions": self.counts.reactions,
            "annihilation": self.annihilation,
            "samples": self.samples,
            "seed": self.seed,
            "passed": self.passed,
            "checks": [{name: getattr(check, name) for name in Check.__slots__} for check in self.checks],
            "convergence": [
                {"mechanism": row.mechanism, "constant": row.constant, "errors": dict(row.of)}
                for row in self.convergence
            ],
        }

    def document(self) -> Document:
        """Return every check, and the errors of each mechanism at each of its constants."""
        level = f", {self.level}" if self.level != "staged" else ""
        clock = f", clock {self.clock}" if self.clock else ""
        title = f"certificate of {self.circuit}, {self.gradient} gradient{level}{clock}: "
        checks = Table.of(("check", "measured", "bound", "", "note"), self.checks, _cells, title=self._extent)
        quantities = tuple(self.convergence[0].of)
        errors = Table.of(
            ("mechanism", "constant", *quantities),
            self.convergence,
            lambda row: (
                row.mechanism,
                _number(row.constant, "g"),
                *(f"{row.of[name]:.1e}" for name in quantities),
            ),
        )
        heading = Paragraph((title, Mark(self.passed)))
        return Document.of(heading, checks, Fold("errors at each constant", (errors,)))

    @property
    def _extent(self) -> str:
        """How much was certified, and with how many test points."""
        species, reactions = self.counts
        one_pot, each = ("", "") if self.level == "staged" else (" in one pot", ", one cycle each")
        seed = f", seed {self.seed}" if self.seed is not None else ""
        counts = f"{species} species, {reactions} reactions{one_pot}"
        return f"{counts}; {self.samples} random test points{each}{seed}"


def fitted_slope(constants: Sequence[float], errors: Sequence[float]) -> float | None:
    """Return the slope of log error against log constant, above the solver's own error.

    None if fewer than two errors are finite and above `SOLVER_FLOOR`.

    Examples
    --------
    >>> round(fitted_slope([10.0, 100.0, 1000.0], [1e-2, 1e-3, 1e-9]), 6)
    -1.0
    >>> fitted_slope([10.0, 100.0], [1e-12, 1e-13]) is None
    True
    """
    kept = [(k, e) for k, e in zip(constants, errors, strict=True) if SOLVER_FLOOR < e < np.inf]
    if len(kept) < 2:
        return None
    x, y = np.log10(np.array(kept)).T
    return float(np.polyfit(x, y, 1)[0])


def _cells(check: Check) -> tuple[Text, ...]:
    state = "reported" if check.bound is None else Mark(check.passed)
    return check.name, _number(check.measured, ".2g"), _number(check.bound, ".2g"), state, check.note


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
