"""Output of the compiler passes for a circuit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.circuits import CircuitOptions

if TYPE_CHECKING:
    from neuralcrn.compiler import Program


class Pass(StrEnum):
    """Passes that can be shown."""

    SYSTEM = "system"
    ADJOINT = "adjoint"
    REACTIONS = "reactions"
    PROTOCOL = "protocol"
    COUNTS = "counts"


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A compiled program, and its description.

    Attributes
    ----------
    program : Program
        The compiled circuit.
    """

    program: Program

    def text(self, only: Pass | None = None) -> str:
        """Return the description of one pass, or of the whole program."""
        from neuralcrn.compiler import describe

        match only:
            case Pass.SYSTEM:
                return str(self.program.circuit.system)
            case Pass.ADJOINT:
                return self._stages()
            case Pass.REACTIONS:
                return describe.describe_reactions(self.program)
            case Pass.PROTOCOL:
                return describe.describe_protocol(self.program)
            case Pass.COUNTS:
                return describe.describe_counts(self.program)
            case None:
                return describe.describe_program(self.program)

    def to_json(self) -> dict[str, Any]:
        """Return counts, networks and the rails of the trained parameters as plain values."""
        from neuralcrn.formats import network_to_json

        program = self.program
        return {
            "circuit": program.circuit.name,
            "rule": program.circuit.rule,
            "species": len(program.species),
            "reactions": program.reaction_count,
            "max_order": program.max_order,
            "phases": {
                phase.name: {"duration": phase.duration, **network_to_json(phase.network)}
                for phase in program.phases
            },
            "names": program.rails_of(program.circuit.trained_parameters),
        }

    def _stages(self) -> str:
        """Return the equations of each stage of the learning rule, or of each turn of a pot."""
        from neuralcrn.compiler.optimiser import schedule_of
        from neuralcrn.compiler.pot.track_and_hold import turns_of

        circuit = self.program.circuit
        schedule = schedule_of(circuit)
        stages = turns_of(circuit, schedule).turns if self.program.gates else schedule.reacting
        return "\n\n".join(map(str, stages))


def show(circuit: str, options: CircuitOptions | None = None) -> Shown:
    """Compile a circuit of the registry.

    Parameters
    ----------
    circuit : str
        Its name.
    options : CircuitOptions, optional
        Options of the circuit.

    Raises
    ------
    UnknownNameError
        If there is no such circuit.
    CompileError, InvalidValueError
        If options are incompatible.

    Examples
    --------
    >>> shown = show("linear", CircuitOptions(inputs=1))
    >>> print(shown.text(Pass.SYSTEM))
    dz[0]/dt = theta[0]*x[0] + h
    >>> shown.to_json()["reactions"] == shown.program.reaction_count
    True
    """
    return Shown((options or CircuitOptions()).compile(circuit))
