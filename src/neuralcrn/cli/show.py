"""``neuralcrn show``: output of the compiler passes for a circuit."""

from __future__ import annotations

from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.app.show import Pass
from neuralcrn.cli.circuit_options import CircuitArgument, takes_circuit_options
from neuralcrn.cli.output import JsonOption, print_json


@takes_circuit_options
def show(
    circuit: CircuitArgument,
    options: CircuitOptions,
    only: Annotated[
        Pass | None,
        typer.Option("--pass", help="Show one pass only."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show the compilation of a circuit: equations, reactions of each phase, counts and protocol."""
    from neuralcrn import app

    shown = app.show(circuit, options)
    if json:
        print_json(shown.to_json())
    else:
        typer.echo(shown.text(only))
