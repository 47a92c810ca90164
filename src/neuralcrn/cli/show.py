"""``neuralcrn show``: the reactions of a circuit, pass by pass."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from neuralcrn.cli.output import AutonomyOption, ClockOption, JsonOption, print_json


class Pass(StrEnum):
    """What can be shown of a compilation."""

    SYSTEM = "system"
    ADJOINT = "adjoint"
    REACTIONS = "reactions"
    PROTOCOL = "protocol"
    COUNTS = "counts"


def show(
    circuit: Annotated[str, typer.Argument(help="A circuit ('neuralcrn list').")],
    inputs: Annotated[int, typer.Option(min=1, max=10_000, help="Number of features.")] = 2,
    hidden: Annotated[int | None, typer.Option(min=1, help="Number of states.")] = None,
    outputs: Annotated[int, typer.Option(min=1, max=1_000, help="Number of outputs.")] = 1,
    gradient: Annotated[
        str | None, typer.Option(help="exact, frozen, first-order or linear-reversal.")
    ] = None,
    autonomy: AutonomyOption = "staged",
    clock: ClockOption = "",
    signed: Annotated[bool, typer.Option(help="Inputs may be negative: they get two rails.")] = False,
    only: Annotated[
        Pass | None,
        typer.Option("--pass", help="Show one pass: the system, its phases, reactions, protocol."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what a circuit compiles to: equations, reactions of each phase, counts and protocol."""
    from neuralcrn.circuits import make_circuit
    from neuralcrn.compiler import signed_phases
    from neuralcrn.compiler.holding import pot_phases
    from neuralcrn.compiler.prose import (
        describe_counts,
        describe_program,
        describe_protocol,
        describe_reactions,
    )

    chosen: dict[str, Any] = {"outputs": outputs, "non_negative": not signed}
    chosen |= {name: value for name, value in {"hidden": hidden, "gradient": gradient}.items() if value}
    built = make_circuit(circuit, inputs, **chosen)
    program = built.compile(autonomy, clock)
    if json:
        print_json(_as_json(program))
        return
    match only:
        case Pass.SYSTEM:
            text = str(built.system)
        case Pass.ADJOINT:
            phases = signed_phases(built) if autonomy == "staged" else pot_phases(built)
            text = "\n\n".join(map(str, phases))
        case Pass.REACTIONS:
            text = describe_reactions(program)
        case Pass.PROTOCOL:
            text = describe_protocol(program)
        case Pass.COUNTS:
            text = describe_counts(program)
        case None:
            text = describe_program(program)
    typer.echo(text)


def _as_json(program: Any) -> dict[str, Any]:
    from neuralcrn.formats import network_to_json

    return {
        "circuit": program.circuit.name,
        "gradient": str(program.circuit.gradient),
        "species": len(program.species),
        "reactions": program.reaction_count,
        "max_order": program.max_order,
        "phases": {
            phase.name: {"duration": phase.duration, **network_to_json(phase.network)}
            for phase in program.phases
        },
        "names": program.rails_of(program.circuit.trained_parameters),
    }
