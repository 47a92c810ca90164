"""Certificates: measurements that compare the chemistry of a circuit with its equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.chemistry.network import Counts
from neuralcrn.display import Displayed, Document, Fold, Mark, Paragraph, Table, Text

GRADIENT_BOUND = 1e-2
SLOPE_BOUND = -0.5
"""Errors must decrease at least as the inverse square root of their constant."""
SOLVER_FLOOR = 1e-7
"""Errors below this are due to the solver and need not decrease further."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One check of a certificate.

    Attributes
    ----------
    name : str
        Name of the check.
    measured : float or None
        Measured value; None if nothing could be measured.
    bound : float or None
        Limit for the measured value; None if it is only reported.
    passed : bool
        Whether the check passes.
    note : str
        Explanation.
    """

    name: str
    measured: float | None
    bound: float | None
    passed: bool
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class Errors:
    """Relative errors of the chemistry for one set of constants, compared with exact mathematics.

    Attributes
    ----------
    mechanism : str
        The varied constant: ``annihilation``, and in a pot ``hold``, ``shadow`` or ``1 / leak``; ``built``
        for the constants of the circuit, ``all`` if all constants are large.
    constant : float or None
        Its value; None if no constant was varied.
    of : mapping of str to float
        Largest error of every compared quantity, relative to the largest value of the quantity; for
        ``gradient`` the norm of all errors, relative to the norm of the gradients. Infinite if the simulation
        fails.
    """

    mechanism: str
    constant: float | None
    of: Mapping[str, float]

    @property
    def largest(self) -> float:
        """Largest error."""
        return max(self.of.values())


@final
@dataclass(frozen=True, slots=True)
class Certificate(Displayed):
    """Measurements on a circuit at one level.

    Attributes
    ----------
    circuit, rule, level, clock : str
        Options of the compilation; `clock` is empty unless the level is ``autonomous``.
    counts : Counts
        Species and reactions of the program.
    annihilation : float, 1 / (concentration time)
        Constant of the circuit.
    samples : int
        Number of random test points.
    seed : int or None
        Seed of the test points; None if a generator was given.
    checks : tuple of Check
        All checks.
    convergence : tuple of Errors
        Errors with the constants of the circuit, then for increasing values of one constant at a time.
    """

    circuit: str
    rule: str
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
        """Whether all checks pass."""
        return all(check.passed for check in self.checks)

    def check(self, name: str) -> Check:
        """Return the check with this name."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as numbers, strings, lists and dictionaries."""
        return {
            "circuit": self.circuit,
            "rule": self.rule,
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
        """Return all checks, and the errors of each mechanism for each value of its constant."""
        level = f", {self.level}" if self.level != "staged" else ""
        clock = f", clock {self.clock}" if self.clock else ""
        title = f"certificate of {self.circuit}, rule {self.rule}{level}{clock}: "
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
        """Summary of the certified program and the test points."""
        species, reactions = self.counts
        one_pot, each = ("", "") if self.level == "staged" else (" in one pot", ", one cycle each")
        seed = f", seed {self.seed}" if self.seed is not None else ""
        counts = f"{species} species, {reactions} reactions{one_pot}"
        return f"{counts}; {self.samples} random test points{each}{seed}"


def fitted_slope(
    constants: Sequence[float], errors: Sequence[float], floor: float = SOLVER_FLOOR
) -> float | None:
    """Return the slope of log error as a function of log constant, for errors above a floor.

    Errors that decrease exponentially, as those of annihilation without production, can fall from a value
    above the floor to one below it in one step. Therefore the first error after those above the floor counts
    as the floor, if this makes the slope steeper. None if fewer than two errors are finite and above the
    floor.

    Examples
    --------
    >>> round(fitted_slope([10.0, 100.0, 1000.0], [1e-2, 1e-3, 1e-4]), 6)
    -1.0
    >>> round(fitted_slope([10.0, 100.0, 1000.0], [1e-1, 1e-1, 1e-15]), 6)
    -3.0
    >>> fitted_slope([10.0, 100.0], [1e-12, 1e-13]) is None
    True
    """
    pairs = list(zip(constants, errors, strict=True))
    kept = [(k, e) for k, e in pairs if floor < e < np.inf]
    if len(kept) < 2:
        return None
    reached = [(k, floor) for k, e in pairs if e <= floor and k > kept[-1][0]][:1]
    return min(_slope(kept), _slope([*kept, *reached]))


def _slope(points: Sequence[tuple[float, float]]) -> float:
    x, y = np.log10(np.array(points)).T
    return float(np.polyfit(x, y, 1)[0])


def _cells(check: Check) -> tuple[Text, ...]:
    state = "reported" if check.bound is None else Mark(check.passed)
    return check.name, _number(check.measured, ".2g"), _number(check.bound, ".2g"), state, check.note


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
