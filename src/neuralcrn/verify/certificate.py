"""Certificates: measured evidence that the chemistry of a circuit computes what its mathematics says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.chemistry.network import Counts

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
class Certificate:
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

    def __str__(self) -> str:
        from neuralcrn.verify.report import describe_certificate

        return describe_certificate(self)

    def _repr_html_(self) -> str:
        from neuralcrn.verify.report import certificate_html

        return certificate_html(self)


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
