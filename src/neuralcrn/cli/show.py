"""``neuralcrn show``: the reactions of a circuit, pass by pass."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from neuralcrn.cli.circuit_options import CircuitArgument, CircuitOptions, takes_circuit_options
from neuralcrn.cli.output import JsonOption, print_json


class Pass(StrEnum):
    """What can be shown of a compilation."""

    SYSTEM = "system"
    ADJOINT = "adjoint"
    REACTIONS = "reactions"
    PROTOCOL = "protocol"
    COUNTS = "counts"


@takes_circuit_options
def show(
    circuit: CircuitArgument,
    options: CircuitOptions,
    only: Annotated[
        Pass | None,
        typer.Option("--pass", help="Show one pass: the system, its phases, reactions, protocol."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what a circuit compiles to: equations, reactions of each phase, counts and protocol."""
    from neuralcrn.compiler import find_rule
    from neuralcrn.compiler.describe import (
        describe_counts,
        describe_program,
        describe_protocol,
        describe_reactions,
    )
    from neuralcrn.compiler.pot.track_and_hold import turns_of

    program = options.compile(circuit)
    built = program.circuit
    if json:
        print_json(_as_json(program))
        return
    match only:
        case Pass.SYSTEM:
            text = str(built.system)
        case Pass.ADJOINT:
            schedule = find_rule(built.gradient).schedule(built)
            stages = schedule.flows if options.autonomy == "staged" else turns_of(built, schedule).turns
            text = "\n\n".join(str(stage) for stage in stages if stage.equations)
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
        "gradient": program.circuit.gradient,
        "species": len(program.species),
        "reactions": program.reaction_count,
        "max_order": program.max_order,
        "phases": {
            phase.name: {"duration": phase.duration, **network_to_json(phase.network)}
            for phase in program.phases
        },
        "names": program.rails_of(program.circuit.trained_parameters),
    }
