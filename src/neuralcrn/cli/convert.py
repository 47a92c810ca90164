"""``neuralcrn convert``: a network from one format to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.circuit_options import (
    CircuitOptions,
    PhaseOption,
    SourceArgument,
    source_network,
    takes_circuit_options,
)
from neuralcrn.cli.output import FromOption
from neuralcrn.errors import InvalidValueError, printable

_TO_CONSOLE = Path("-")


@takes_circuit_options
def convert(
    source: SourceArgument,
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write; - prints.")],
    options: CircuitOptions,
    source_format: FromOption = None,
    target_format: Annotated[
        str | None, typer.Option("--to", help="Format of OUT, where its ending does not say.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there.")] = False,
    phase: PhaseOption = None,
) -> None:
    """Convert a network to another format: SBML, Antimony, Catalyst, LaTeX and others.

    The endings of the names say which formats; an unknown one lists all. IN may be a circuit ('neuralcrn
    list'): then one phase of it, or its pot, is written. What a circuit is dosed with is no part of its
    network: 'neuralcrn show CIRCUIT --pass protocol'.
    """
    from neuralcrn.formats import find_format, network_text
    from neuralcrn.formats.files import write_text

    written = find_format(target_format or target).name
    if target != _TO_CONSOLE:
        _check_target(target, force)
    network = source_network(source, options, phase=phase, source_format=source_format)
    text = network_text(network, written)
    if target == _TO_CONSOLE:
        typer.echo(text, nl=False)
    else:
        write_text(target, text)


def _check_target(target: Path, force: bool) -> None:
    if not os.path.exists(target):
        return
    shown = printable(str(target))
    if not target.is_file():
        raise InvalidValueError(f"{shown}: is not a regular file: give the name of a file")
    if not force:
        raise InvalidValueError(f"{shown}: is there already: give another name, or --force to replace it")
