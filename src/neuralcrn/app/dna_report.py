"""Report on networks compiled to strand displacement, as text, plain values and files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

from neuralcrn.display import Displayed, Document, Heading, Listing, Paragraph, Part, Table
from neuralcrn.errors import SimulationError

if TYPE_CHECKING:
    from neuralcrn.compiler import DnaNetwork
    from neuralcrn.studies.dna import DnaComparison, FuelUse

FAILED = "failed"
"""Prefix of a failed verification."""
_SHOWN_FUELS = 10


@final
@dataclass(frozen=True, slots=True)
class DnaReport(Displayed):
    """Networks compiled to strand displacement, with measurements.

    Attributes
    ----------
    compiled : mapping from str to DnaNetwork
        By phase; for a file under the name "", for a pot under its name.
    uses : sequence of FuelUse
        Consumption of fuels, in order of exhaustion.
    comparison : DnaComparison, optional
        Comparison of both levels, if they were simulated.
    verdicts : mapping from str to str
        Result of crnverifier for each network; empty if it was not used.
    """

    compiled: Mapping[str, DnaNetwork]
    uses: Sequence[FuelUse] = ()
    comparison: DnaComparison | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict[str, str])

    def with_verdicts(self, verdicts: Mapping[str, str]) -> DnaReport:
        """Return the report with the results of crnverifier."""
        return replace(self, verdicts=verdicts)

    def check_verdicts(self) -> None:
        """Raise an error if a verification failed; the rest of the report is valid.

        Raises
        ------
        SimulationError
            With the reason.
        """
        for verdict in self.verdicts.values():
            if verdict.startswith(FAILED):
                raise SimulationError(f"verification {verdict}; the rest of the report is valid")

    @property
    def expected(self) -> float:
        """Expected relative error of signals."""
        from neuralcrn.studies.dna.comparison import expected_error

        return expected_error(self.compiled.values(), self.uses)

    def document(self) -> Document:
        """Return every network, the errors of the signals and the use of the fuels."""
        parts: list[Part] = []
        for name, made in self.compiled.items():
            parts += [Heading(name)] if name else []
            verdict = [f"crnverifier: {self.verdicts[name]}"] if self.verdicts else []
            parts.append(Listing((*str(made).splitlines(), *verdict)))
        if self.uses:
            expected = f"expected error, including the consumption of fuels: about {self.expected:.2%}"
            parts.append(Paragraph(expected))
        if self.comparison is not None:
            errors = list(self.comparison.errors.items())
            parts.append(Table.of(("signal", "error"), errors, lambda row: (row[0], f"{row[1]:.2%}")))
        if self.uses:
            unit = "time" if self.comparison else "training steps"
            head = ("fuel", "spent", "predicted", f"5% after ({unit})", "reaction")
            parts.append(Table.of(head, self.uses, _fuel_cells, limit=_SHOWN_FUELS))
        return Document(tuple(parts))

    def to_json(self) -> dict[str, Any]:
        """Return conditions, counts, errors and fuels as plain values."""
        fuels = [
            asdict(use) | {"lasts": use.lasts if math.isfinite(use.lasts) else None} for use in self.uses
        ]
        return {
            "conditions": asdict(next(iter(self.compiled.values())).conditions),
            "networks": {name or "network": self._network_json(name) for name in self.compiled},
            "expected_error": self.expected,
            "errors": dict(self.comparison.errors) if self.comparison else {},
            "fuels": fuels,
        }

    def _network_json(self, name: str) -> dict[str, Any]:
        made = self.compiled[name]
        return {
            "formal": made.formal.counts._asdict(),
            "dna": made.network.counts._asdict(),
            "slow_down": made.conditions.fastest,
            "gamma_inverse": made.gamma_inverse,
            "lag": made.lag,
            "sigma": dict(made.loads),
            "orders": [list(gate.inputs) for gate in made.gates],
            "warnings": list(made.warnings),
            **({"verdict": self.verdicts[name]} if self.verdicts else {}),
        }

    def files(self, image: str = "png") -> dict[str, bytes]:
        """Return the contents of files by their names.

        The network in formal units and in M and s, its strands for Peppercorn (.pil), the formal network for
        Nuskell, and a figure in the format `image` if both levels were simulated.
        """
        from neuralcrn.plots import image_of
        from neuralcrn.studies.dna import dna_figure

        contents: dict[str, bytes] = {}
        for name, made in self.compiled.items():
            prefix = f"{name}_" if name else ""
            contents |= {f"{prefix}{file}": text.encode() for file, text in _texts(made).items()}
        if self.comparison is not None:
            contents[f"comparison.{image}"] = image_of(dna_figure(self.comparison), image)
        return contents


def _fuel_cells(use: FuelUse) -> tuple[str, ...]:
    return use.fuel, f"{use.spent:.3%}", f"{use.predicted:.3%}", f"{use.lasts:.6g}", use.reaction


def _texts(made: DnaNetwork) -> dict[str, str]:
    """Return the files of one network by their names."""
    from neuralcrn.chemistry import format_network
    from neuralcrn.compiler.dna.domains import domain_level
    from neuralcrn.compiler.dna.network import in_units
    from neuralcrn.formats.nuskell import write_nuskell
    from neuralcrn.formats.pil import write_pil

    level, conditions = domain_level(made), made.conditions
    formal = in_units(made.formal, conditions.unit_concentration * 1e9, conditions.unit_time)
    return {
        "network.crn": format_network(made.network),
        "molar.crn": format_network(made.molar),
        "gates.pil": write_pil(level.lengths, level.kernels, level.concentrations, level.constant),
        "formal.crn": write_nuskell(formal, units="nM, s"),
    }
