"""Outcome of one check, and of all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, final


@final
@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one check.

    Attributes
    ----------
    name : str
        The check.
    passed : bool
        Whether nothing speaks against rate independence.
    found : str
        What was found: the extent of the check, or the witness against it.
    """

    name: str
    passed: bool
    found: str

    def __str__(self) -> str:
        return f"{'passed' if self.passed else 'FAILED':8}{self.name:18}{self.found}"


@final
@dataclass(frozen=True, slots=True)
class RateIndependence:
    """Verdict on a network.

    Attributes
    ----------
    source : str
        Name of the network.
    species, reactions : int
        Size of the network.
    varied : tuple of str
        Species whose initial amounts were varied.
    checks : tuple of Check
        All checks; the first is that of the structure.
    """

    source: str
    species: int
    reactions: int
    varied: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed for check in self.checks)

    @property
    def verdict(self) -> str:
        """Conclusion in one line."""
        failed = [check.name for check in self.checks if not check.passed]
        if not failed:
            return "rate-independent: proved by the structure, and confirmed by the other checks"
        if failed == [self.checks[0].name]:
            return (
                "not proved: the structure is not sufficient; no example of different final amounts was found"
            )
        return f"not rate-independent: refuted by {', '.join(failed)}"

    def __str__(self) -> str:
        varied = ", ".join(self.varied[:6]) + (
            f" and {len(self.varied) - 6} more" if len(self.varied) > 6 else ""
        )
        return "\n".join(
            (
                f"{self.source}: {self.verdict}",
                f"{self.species:,} species, {self.reactions:,} reactions; varied amounts: {varied or 'none'}",
                *(f"  {check}" for check in self.checks),
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "source": self.source,
            "passed": self.passed,
            "verdict": self.verdict,
            "species": self.species,
            "reactions": self.reactions,
            "varied": list(self.varied),
            "checks": [asdict(check) for check in self.checks],
        }
